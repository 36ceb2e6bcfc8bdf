# Puts the entries of a tar stream into the current directory, as dockerd does: merges directories, replaces the rest, sets owner,
# attributes, mode and times.
package Extract;
use strict;
use warnings;

# {no_overwrite_dir, owner => [uid, gid] or undef, destination: as the client wrote it, for messages}
my %options;
my @directories;
my $known_parent = '';

sub run {
    %options = @_;
    TarIn::each_entry( \&entry );
    for (@directories) {
        my ( $name, $entry ) = @$_;
        Kernel::set_times( undef, $name, access_time($entry), $entry->{mtime} ) or fail( 'chtimes', $name );
    }
}

sub fail {
    my ( $verb, $name ) = @_;
    Paths::refuse( 'CopyFailed', "$verb $name: " . Kernel::error() );
}

# 'a/../b/' => 'b'; undef for what leads out.
sub local_name {
    my ($name) = @_;
    return $name if $name =~ m{^[^/]} && $name !~ m{/(?:/|\z)|(?:^|/)\.\.?(?:/|\z)};
    my @parts;
    for my $part ( grep { $_ ne '' && $_ ne '.' } split m{/}, $name ) {
        if ( $part ne '..' ) { push @parts, $part }
        elsif ( !@parts )    { return undef }
        else                 { pop @parts }
    }
    return @parts ? join '/', @parts : '.';
}

sub entry {
    my ( $entry, $read ) = @_;
    my ( $type, $given ) = @$entry{qw(type name)};
    my $name = local_name($given) // Paths::refuse( 'CopyFailed', qq(invalid entry name "$given") );
    return if $name eq '.';
    Paths::refuse( 'CopyFailed', qq(invalid entry name "$given") ) if $name =~ /\0/ || $entry->{link} =~ /\0/;
    Paths::refuse( 'CopyFailed', 'unhandled tar header type ' . ord $type ) if $type !~ /^[0-6]$/;
    make_room( $name, $type ) if $type ne '0';
    make_parents($name) if $name =~ m{/};
    $entry->{owner} = $options{owner} // [ @$entry{qw(uid gid)} ];
    if    ( $type eq '0' ) { make_file( $name, $entry, $read ) }
    elsif ( $type eq '5' ) { make_directory( $name, $entry ) }
    elsif ( $type eq '1' ) { make_hard_link( $name, $entry ) }
    elsif ( $type eq '2' ) { make_link( $name, $entry ) }
    else                   { make_node( $name, $entry ) }
}

# What is there already goes, unless both are directories.
sub make_room {
    my ( $name, $type ) = @_;
    my @stat = lstat $name or return;
    my $is_directory = ( $stat[2] & Kernel::S_IFMT ) == Kernel::S_IFDIR;
    if ( $options{no_overwrite_dir} && $is_directory != ( $type eq '5' ) ) {
        my ( $old, $new ) = $is_directory ? qw(directory non-directory) : qw(non-directory directory);
        Paths::refuse( 'CopyFailed', qq(cannot overwrite $old "$name" with $new "$options{destination}") );
    }
    return if $is_directory && $type eq '5';
    if ( !$is_directory ) { unlink $name or fail( 'unlinkat', $name ); return }
    $known_parent = '';
    remove_tree($name);
}

sub remove_tree {
    my ($path) = @_;
    my @stat = lstat $path or return;
    if ( ( $stat[2] & Kernel::S_IFMT ) != Kernel::S_IFDIR ) { unlink $path or fail( 'unlinkat', $path ); return }
    opendir my $dir, $path or fail( 'open', $path );
    my @names = grep { $_ ne '.' && $_ ne '..' } readdir $dir;
    closedir $dir;
    remove_tree("$path/$_") for @names;
    rmdir $path or fail( 'unlinkat', $path );
}

# Directories that the archive does not name belong to root.
sub make_parents {
    my ($name) = @_;
    my ($parent) = $name =~ m{^(.*)/};
    return if $parent eq $known_parent;
    if ( !-d $parent ) {
        my $path = '';
        for my $part ( split m{/}, $parent ) {
            $path .= $path eq '' ? $part : "/$part";
            next if mkdir $path, 0755;
            fail( 'mkdirat', $path ) unless $! == Kernel::EEXIST && -d $path;
        }
    }
    $known_parent = $parent;
}

sub make_file {
    my ( $name, $entry, $read ) = @_;
    my $flags = Kernel::O_WRONLY | Kernel::O_CREAT | Kernel::O_EXCL | Kernel::O_NOFOLLOW;
    my $mode  = $entry->{mode} & 0777;
    my $file;
    if ( !sysopen $file, $name, $flags, $mode ) {
        # Mostly there is nothing, so room is made only when it turns out to be needed.
        fail( 'openat', $name ) if $! != Kernel::EEXIST;
        make_room( $name, '0' );
        sysopen $file, $name, $flags, $mode or fail( 'openat', $name );
    }
    if ( $entry->{pieces} ) { write_sparse( $file, $name, $entry, $read ) }
    else {
        $read->( sub { write_piece( $file, $name, @_ ) } ) if $entry->{stored} > 0;
    }
    finish( $file, $name, $entry );
    close $file or fail( 'close', $name );
}

sub write_piece {
    my ( $file, $name, $buffer, $at, $length ) = @_;
    while ( $length > 0 ) {
        my $written = syswrite $file, $$buffer, $length, $at;
        if ( !defined $written ) { next if $! == Kernel::EINTR; fail( 'write', $name ) }
        $at += $written;
        $length -= $written;
    }
}

sub write_sparse {
    my ( $file, $name, $entry, $read ) = @_;
    truncate $file, $entry->{size} or fail( 'truncate', $name );
    my @pieces = @{ $entry->{pieces} };
    my ( $from, $left ) = ( 0, 0 );
    $read->(
        sub {
            my ( $buffer, $at, $length ) = @_;
            while ( $length > 0 ) {
                while ( $left == 0 ) {
                    return unless @pieces;
                    ( $from, $left ) = splice @pieces, 0, 2;
                    sysseek $file, $from, 0 or fail( 'seek', $name ) if $left > 0;
                }
                my $part = $left < $length ? $left : $length;
                write_piece( $file, $name, $buffer, $at, $part );
                $_ += $part for $at;
                $_ -= $part for $left, $length;
            }
        }
    );
}

sub make_directory {
    my ( $name, $entry ) = @_;
    if ( !mkdir $name, 0700 ) {
        fail( 'mkdirat', $name ) unless $! == Kernel::EEXIST && -d $name;
    }
    sysopen my $dir, $name, Kernel::O_RDONLY | Kernel::O_DIRECTORY | Kernel::O_NOFOLLOW or fail( 'openat', $name );
    finish( $dir, $name, $entry );
    push @directories, [ $name, { mtime => $entry->{mtime}, atime => $entry->{atime} } ];
}

sub make_hard_link {
    my ( $name, $entry ) = @_;
    my $target = local_name( $entry->{link} );
    Paths::refuse( 'CopyFailed', qq(invalid hardlink target "$entry->{link}") ) if !defined $target || $target eq '.';
    link $target, $name or fail( 'linkat', $target );
    my @stat = lstat $target;
    return if !@stat || ( $stat[2] & Kernel::S_IFMT ) == Kernel::S_IFLNK;
    finish_path( $name, $entry );
}

sub make_link {
    my ( $name, $entry ) = @_;
    symlink $entry->{link}, $name or fail( 'symlinkat', $name );
    chown_path( $name, $entry );
    set_attributes( undef, $name, $entry );
    Kernel::set_times( undef, $name, access_time($entry), $entry->{mtime} ) or fail( 'chtimes', $name );
}

sub make_node {
    my ( $name, $entry ) = @_;
    my $type = { 3 => Kernel::S_IFCHR, 4 => Kernel::S_IFBLK, 6 => Kernel::S_IFIFO }->{ $entry->{type} };
    my ( $major, $minor ) = @$entry{qw(major minor)};
    my $device = $entry->{type} eq '6' ? 0 : ( $minor & 0xff ) | ( $major << 8 ) | ( $minor & ~0xff ) << 12;
    Kernel::call( 'mknodat', Kernel::AT_FDCWD, "$name", $type | $entry->{mode}, $device ) == 0 or fail( 'mknodat', $name );
    finish_path( $name, $entry );
}

# Owner, attributes, mode, times: in this order, for a change of owner takes attributes and mode bits away. What is right already is
# left alone: each change is a transaction of the file system.
sub finish {
    my ( $file, $name, $entry ) = @_;
    my ( $uid, $gid ) = @{ $entry->{owner} };
    my @stat = stat $file or fail( 'fstat', $name );
    my $foreign = $stat[4] != $uid || $stat[5] != $gid;
    if ($foreign) { chown $uid, $gid, $file or fail( 'lchown', $name ) }
    set_attributes( fileno $file, $name, $entry ) if %{ $entry->{xattrs} };
    if ( ( $stat[2] & 07777 ) != $entry->{mode} || $foreign && $entry->{mode} & 07000 || %{ $entry->{xattrs} } ) {
        chmod $entry->{mode}, $file or fail( 'chmod', $name );
    }
    return if $entry->{type} eq '5';
    Kernel::set_times( fileno $file, undef, access_time($entry), $entry->{mtime} ) or fail( 'chtimes', $name );
}

# The same by path, for what cannot be opened.
sub finish_path {
    my ( $name, $entry ) = @_;
    chown_path( $name, $entry );
    set_attributes( undef, $name, $entry );
    chmod $entry->{mode}, $name or fail( 'chmod', $name );
    Kernel::set_times( undef, $name, access_time($entry), $entry->{mtime} ) or fail( 'chtimes', $name );
}

sub chown_path {
    my ( $name, $entry ) = @_;
    my ( $uid, $gid ) = @{ $entry->{owner} };
    Kernel::call( 'fchownat', Kernel::AT_FDCWD, "$name", $uid, $gid, Kernel::AT_SYMLINK_NOFOLLOW ) == 0 or fail( 'lchown', $name );
}

# What the file system has not, or only the host's root may set, is left out.
sub set_attributes {
    my ( $fd, $name, $entry ) = @_;
    for my $key ( keys %{ $entry->{xattrs} } ) {
        my $value = $entry->{xattrs}{$key};
        my $result = defined $fd
          ? Kernel::call( 'fsetxattr', $fd, "$key", "$value", length $value, 0 )
          : Kernel::call( 'lsetxattr', "$name", "$key", "$value", length $value, 0 );
        fail( "setxattr $key", $name ) unless $result == 0 || $! == Kernel::EPERM || $! == Kernel::EOPNOTSUPP;
    }
}

sub access_time {
    my ($entry) = @_;
    my ( $atime, $mtime ) = @$entry{qw(atime mtime)};
    return $mtime if !$atime || $atime->[0] < $mtime->[0];
    return $atime;
}

1;
