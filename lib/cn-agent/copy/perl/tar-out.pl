# Writes a tree as a tar stream, as dockerd does: sorted, PAX only where it must be, hard links, no sockets, whole seconds.
package TarOut;
use strict;
use warnings;
no warnings 'portable';

use constant { BLOCK => 512, SMALL => 128 << 10, FLUSH => 256 << 10, PIECE => 8 << 20 };
use constant NO_DEVICE => "0000000\0" x 2;

my $buffer = '';
my %seen;

sub put {
    $buffer .= $_[0];
    flush_buffer() if length $buffer >= FLUSH;
}

sub flush_buffer {
    my $at = 0;
    while ( $at < length $buffer ) {
        my $written = syswrite STDOUT, $buffer, length($buffer) - $at, $at;
        if ( !defined $written ) { next if $! == Kernel::EINTR; die "write: " . Kernel::error() . "\n" }
        $at += $written;
    }
    $buffer = '';
}

# All of $path; its own entry is called $name ('' leaves it out) and what is below it "$prefix…".
sub tree {
    my ( $path, $name, $prefix ) = @_;
    # One frame per level: the directory, what stands before names in it, and the names still to come, last first.
    my @frames = ( [ undef, undef, [] ] );
    my ( $next_path, $next_name, $next_prefix ) = ( $path, $name, $prefix );
    while (1) {
        my @stat = lstat $next_path;
        if (@stat) {
            my $type = $stat[2] & Kernel::S_IFMT;
            entry( $next_path, $next_name, \@stat, $type ) if $next_name ne '';
            push @frames, [ $next_path eq '/' ? '' : $next_path, $next_prefix, names_in($next_path) ] if $type == Kernel::S_IFDIR;
        }
        pop @frames while @frames && !@{ $frames[-1][2] };
        last unless @frames;
        my ( $below, $before, $names ) = @{ $frames[-1] };
        my $base = pop @$names;
        ( $next_path, $next_name, $next_prefix ) = ( "$below/$base", "$before$base", "$before$base/" );
    }
}

sub names_in {
    my ($path) = @_;
    opendir my $dir, $path or return [];
    return [ sort { $b cmp $a } grep { $_ ne '.' && $_ ne '..' } readdir $dir ];
}

sub finish {
    put( "\0" x ( 2 * BLOCK ) );
    flush_buffer();
}

sub entry {
    my ( $path, $name, $stat, $type ) = @_;
    my ( $dev, $ino, $nlink, $size ) = @$stat[ 0, 1, 3, 7 ];
    return if $type == Kernel::S_IFSOCK;
    my $is_file = $type == Kernel::S_IFREG;
    my %entry = ( name => $name, link => '', size => 0, type => '0' );
    if    ( $type == Kernel::S_IFDIR ) { $entry{type} = '5'; $entry{name} .= '/' if $name !~ m{/$} }
    elsif ( $type == Kernel::S_IFLNK ) { $entry{type} = '2'; $entry{link} = readlink($path) // return }
    elsif ( $type == Kernel::S_IFCHR ) { $entry{type} = '3' }
    elsif ( $type == Kernel::S_IFBLK ) { $entry{type} = '4' }
    elsif ( $type == Kernel::S_IFIFO ) { $entry{type} = '6' }
    if ( $nlink > 1 && $type != Kernel::S_IFDIR ) {
        my $first = \$seen{"$dev:$ino"};
        if ( defined $$first ) { @entry{qw(type link)} = ( '1', $$first ); $is_file = 0 }
        else                   { $$first = $entry{name} }
    }
    my $file;
    if ($is_file) {
        ( $file, $entry{size} ) = open_file( $path, $stat ) or return;
    }
    put( header( \%entry, $stat, attributes($path) ) );
    content( $file, $entry{size} ) if $file;
}

# Opens a file for reading, and only if it still is the one that $stat tells of. Gives it with its size.
sub open_file {
    my ( $path, $stat ) = @_;
    sysopen my $file, $path, Kernel::O_RDONLY | Kernel::O_NOFOLLOW | Kernel::O_NONBLOCK or return;
    my @now = stat $file;
    return $now[0] == $stat->[0] && $now[1] == $stat->[1] ? ( $file, $now[7] ) : ();
}

# dockerd keeps this one attribute.
sub attributes {
    my ($path) = @_;
    my $value = Kernel::xattr( $path, 'security.capability' );
    return defined $value && $value ne '' ? { 'SCHILY.xattr.security.capability' => $value } : {};
}

# A file that shrinks meanwhile is filled with zeros, one that grows is cut: the size in the header is a promise.
sub content {
    my ( $file, $size ) = @_;
    my $left = $size;
    if ( $size <= SMALL ) {
        while ( $left > 0 ) {
            my $got = sysread $file, $buffer, $left, length $buffer;
            last unless $got;
            $left -= $got;
        }
    }
    else {
        flush_buffer();
        $left -= send_piece( $file, $left ) || last while $left > 0;
    }
    while ( $left > 0 ) {
        my $zeros = $left > FLUSH ? FLUSH : $left;
        put( "\0" x $zeros );
        $left -= $zeros;
    }
    put( "\0" x ( -$size % BLOCK ) );
}

# From file to socket inside the kernel; 0 at the end or when the file cannot be read further.
sub send_piece {
    my ( $file, $left ) = @_;
    my $sent = Kernel::call( 'sendfile', 1, fileno $file, 0, $left > PIECE ? PIECE : $left );
    return $sent if $sent >= 0;
    my $got = sysread $file, $buffer, $left > FLUSH ? FLUSH : $left;
    flush_buffer() if $got;
    return $got // 0;
}

# The header blocks of an entry: ustar, preceded by PAX records for what does not fit.
sub header {
    my ( $entry, $stat, $pax ) = @_;
    my ( undef, undef, $mode, undef, $uid, $gid, $rdev, undef, undef, $mtime ) = @$stat;
    my ( $name, $link, $size, $type ) = @$entry{qw(name link size type)};
    $pax->{path}     = $name if length $name > 100 || $name =~ /[^\x01-\x7f]/;
    $pax->{linkpath} = $link if length $link > 100 || $link =~ /[^\x01-\x7f]/;
    ( $pax->{size},  $size )  = ( $size,  0 ) if $size > 077777777777;
    ( $pax->{uid},   $uid )   = ( $uid,   0 ) if $uid > 07777777;
    ( $pax->{gid},   $gid )   = ( $gid,   0 ) if $gid > 07777777;
    ( $pax->{mtime}, $mtime ) = ( $mtime, 0 ) if $mtime < 0 || $mtime > 077777777777;
    my $device = $type eq '3' || $type eq '4' ? device($rdev) : NO_DEVICE;
    my $block  = block( $name, $mode & 07777, $uid, $gid, $size, $mtime, $type, $link, $device );
    return $block unless %$pax;
    my $records = join '', map { record( $_, $pax->{$_} ) } sort keys %$pax;
    my $pax_name = 'PaxHeaders.0/' . substr $name =~ m{([^/]*)/*$} ? $1 : '', 0, 80;
    my $before = block( $pax_name, 0, 0, 0, length $records, 0, 'x', '', NO_DEVICE );
    return $before . $records . "\0" x ( -length($records) % BLOCK ) . $block;
}

# One ustar block. Of names that do not fit, and are in the PAX records, it has the beginning.
sub block {
    my ( $name, $mode, $uid, $gid, $size, $mtime, $type, $link, $device ) = @_;
    my $numbers = sprintf "%07o\0%07o\0%07o\0%011o\0%011o\0", $mode, $uid, $gid, $size, $mtime;
    my $block = pack 'a100 a48 a8 a1 a100 a72 a16 x167', $name, $numbers, ' ' x 8, $type, $link, "ustar\00000", $device;
    substr $block, 148, 8, sprintf "%06o\0 ", unpack '%32C*', $block;
    return $block;
}

# Major and minor number in a header; one that does not fit is 0.
sub device {
    my ($rdev) = @_;
    my ( $major, $minor ) = ( ( $rdev >> 8 & 0xfff ) | ( $rdev >> 32 & ~0xfff ), ( $rdev & 0xff ) | ( $rdev >> 12 & 0xffffff00 ) );
    return join '', map { sprintf "%07o\0", $_ > 07777777 ? 0 : $_ } $major, $minor;
}

# "<length> key=value\n", the length counting itself.
sub record {
    my ( $key, $value ) = @_;
    my $rest   = " $key=$value\n";
    my $length = length($rest) + length length $rest;
    $length++ if length($length) + length($rest) > $length;
    return $length . $rest;
}

1;
