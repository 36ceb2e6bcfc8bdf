# Paths of a container as the kernel sees them inside its root: what is there, where links lead, whether an archive may be put there.
package Paths;
use strict;
use warnings;

# Ends the work with a refusal that the client is told.
sub refuse {
    my ( $code, $message ) = @_;
    die { code => $code, message => $message };
}

sub refuse_errno {
    my ( $verb, $path ) = @_;
    my $text = "$verb $path: " . Kernel::error();
    refuse( $! == Kernel::ENOENT ? 'FileNotFound' : 'CopyFailed', $text );
}

# Name, size, mode, mtime and for a link where it leads in the end.
sub describe {
    my ($path) = @_;
    my $stat = Kernel::statx($path) // refuse_errno( 'lstat', $path );
    my $target = ( $stat->{mode} & Kernel::S_IFMT ) == Kernel::S_IFLNK ? follow($path) : '';
    return { %$stat, name => base($path), linkTarget => $target };
}

# The last part of a path without slashes at its end, '/' for the root: Go's filepath.Base.
sub base {
    my ($path) = @_;
    $path =~ s{/+$}{};
    return $path eq '' ? '/' : $path =~ m{([^/]*)$} ? $1 : $path;
}

# The absolute path with every link in it resolved, as far as there is something; the rest is kept as it is written.
sub follow {
    my ($path) = @_;
    my @todo = grep { $_ ne '' && $_ ne '.' } split m{/}, $path;
    my ( @done, $links );
    while (@todo) {
        my $part = shift @todo;
        if ( $part eq '..' ) { pop @done; next }
        my $target = readlink join '/', '', @done, $part;
        if ( !defined $target ) { push @done, $part; next }
        refuse( 'CopyFailed', "too many links: $path" ) if ++$links > 255;
        @done = () if $target =~ m{^/};
        unshift @todo, grep { $_ ne '' && $_ ne '.' } split m{/}, $target;
    }
    return '/' . join '/', @done;
}

# Makes the directory where an archive is to be put the current one; refuses what dockerd refuses.
sub enter_destination {
    my ($path) = @_;
    ( my $plain = $path ) =~ s{(?<=.)/+\.?$}{};
    my @stat = stat $plain or refuse_errno( 'lstat', $plain );
    refuse( 'PathNotDirectory', 'extraction point is not a directory' ) if ( $stat[2] & Kernel::S_IFMT ) != Kernel::S_IFDIR;
    chdir $plain or refuse_errno( 'chdir', $plain );
    my $here = '.';
    return if Kernel::call( 'faccessat', Kernel::AT_FDCWD, $here, 2 ) == 0 || $! != Kernel::EROFS;
    my $on_root = Kernel::statx('.')->{mount} == Kernel::statx('/')->{mount};
    refuse( 'PathReadOnly', $on_root ? 'container rootfs is marked read-only' : 'mounted volume is marked read-only' );
}

my %IS_NUMBER = map { $_ => 1 } qw(Kind gid ino mode mount nlink size uid);

# A JSON text of strings, whole numbers and lists of numbers.
sub json {
    my ($fields) = @_;
    return '{' . join( ',', map { string($_) . ':' . value( $_, $fields->{$_} ) } sort keys %$fields ) . '}';
}

sub value {
    my ( $key, $value ) = @_;
    return '[' . join( ',', map { $_ + 0 } @$value ) . ']' if ref $value;
    return $IS_NUMBER{$key} ? $value : string($value);
}

sub string {
    my ($text) = @_;
    $text =~ s/([\x00-\x1f"\\\x7f])/sprintf '\\u%04x', ord $1/ge;
    return qq("$text");
}

1;
