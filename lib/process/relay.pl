# Moves the rest of an HTTP request body from one socket to another inside the kernel: only the sizes of its chunks are looked at.
# Usage: relay.pl <arch> <parent pid> <chunked> <bytes left of the chunk> <what is read of the line between chunks>
# 0: what was read of the body before, 3: the client, 4: the receiver. See relay.ts for the exit codes.
use strict;
use warnings;

use constant { PR_SET_PDEATHSIG => 1, MSG_PEEK => 2, F_SETPIPE_SZ => 1031, SPLICE_F_NONBLOCK => 2 };
use constant { POLLIN => 1, POLLOUT => 4, POLLERR => 8, POLLHUP => 16, EINTR => 4, EAGAIN => 11 };
use constant { SOL_SOCKET => 1, SO_SNDBUF => 7, SO_SNDBUFFORCE => 32 };
use constant { CLIENT => 3, RECEIVER => 4, PIPE => 1 << 20, LINE => 16 << 10, PEEK => 512 };
use constant { RECEIVER_GONE => 3, CLIENT_GONE => 4, MALFORMED => 5 };

my ( $arch, $parent, $chunked, $left, $text ) = @ARGV;
$left += 0;
# prctl, splice, ppoll: their numbers on x86-64 and on ARM64.
my ( $prctl, $splice, $ppoll ) = $arch eq 'x64' ? ( 157, 275, 271 ) : $arch eq 'arm64' ? ( 167, 76, 73 ) : die "no numbers for $arch\n";
syscall $prctl, PR_SET_PDEATHSIG, 9, 0, 0, 0;
exit CLIENT_GONE if getppid() != $parent;
$SIG{PIPE} = 'IGNORE';

open my $client,   '+<&=', CLIENT   or die "open: $!\n";
open my $receiver, '+<&=', RECEIVER or die "open: $!\n";
pipe my $from, my $into or die "pipe: $!\n";
# The larger both are, the less often one program waits for another. What the system does not allow is left as it is.
fcntl $into, F_SETPIPE_SZ, PIPE;
my $size = pack 'l', PIPE;
setsockopt $receiver, SOL_SOCKET, SO_SNDBUFFORCE, $size or setsockopt $receiver, SOL_SOCKET, SO_SNDBUF, $size;
my ( $from_fd, $into_fd ) = ( fileno $from, fileno $into );
my $gone = 0;
# Bytes in the pipe; whether the last chunk has been met, and the body is over.
my ( $held, $last, $ended ) = ( 0, 0, 0 );
# The last line between chunks, and the size it told: mostly the next is the same.
my ( $line, $told ) = ( '', 0 );

early();
while ( !$ended || $held > 0 ) {
    my $dry = 0;
    until ( $ended || $dry || $held >= PIPE ) { $dry = !( $left > 0 ? take_content() : take_line() ) }
    my $full = 0;
    until ( $full || $held == 0 ) { $full = !give() }
    if    ( $held > 0 && ( $dry || $ended || $held >= PIPE ) ) { wait_for( RECEIVER, POLLOUT ) }
    elsif ( $held == 0 && $dry ) { wait_for( CLIENT, POLLIN, $gone ? () : ( RECEIVER, 0 ) ) }
}
exit( $gone ? RECEIVER_GONE : 0 );

# What the parent has read already goes first.
sub early {
    while ( sysread STDIN, my $piece, PIPE ) {
        while ( $piece ne '' ) {
            my $written = syswrite $receiver, $piece;
            if    ( defined $written ) { substr $piece, 0, $written, '' }
            elsif ( $! == EAGAIN )     { wait_for( RECEIVER, POLLOUT ) }
            elsif ( $! != EINTR )      { receiver_gone() }
        }
    }
}

# A call that did not succeed: true to try again, false to wait first.
sub again { return $! == EINTR }

# From the client into the pipe; false when there is nothing to be had.
sub take_content {
    my $got = syscall $splice, CLIENT, 0, $into_fd, 0, $left, SPLICE_F_NONBLOCK;
    return again() if $got == -1 && ( $! == EINTR || $! == EAGAIN );
    exit CLIENT_GONE if $got <= 0;
    $left -= $got;
    $held += $got;
    $ended = 1 if !$chunked && $left == 0;
    return 1;
}

# The end of a chunk and the size of the next, or after the last one its trailers: not a byte more than that is read.
sub take_line {
    my $seen = '';
    if ( !defined recv $client, $seen, PEEK, MSG_PEEK ) {
        return again() if $! == EINTR || $! == EAGAIN;
        exit CLIENT_GONE;
    }
    exit CLIENT_GONE if $seen eq '';
    if ( $told > 0 && $text eq '' && $line eq substr $seen, 0, length $line ) {
        sysread $client, $seen, length $line;
        $left = $told;
        return 1;
    }
    my $whole  = $text . $seen;
    my $length = length $seen;
    if ($last) {
        if ( $whole =~ /\A(?:[^\r\n]+\r\n)*\r\n/ ) { $ended = 1; $length = $+[0] - length $text }
    }
    elsif ( $whole =~ /\A\r\n([0-9a-fA-F]{1,13})(?:[ \t;][^\n]*)?\r\n/ ) {
        $length = $+[0] - length $text;
        $left   = $told = hex $1;
        $last   = $left == 0;
        $line   = $&;
        $whole  = '';
    }
    elsif ( $whole !~ /\A\r(?:\n[^\n]*)?\z/ ) { exit MALFORMED }
    exit MALFORMED if length $whole > LINE;
    sysread $client, $seen, $length;
    $text = $whole;
    return 1;
}

# From the pipe to the receiver; false when it takes no more now.
sub give {
    my $given = syscall $splice, $from_fd, 0, RECEIVER, 0, $held, SPLICE_F_NONBLOCK;
    return again() if $given == -1 && ( $! == EINTR || $! == EAGAIN );
    if   ( $given == -1 ) { receiver_gone() }
    else                  { $held -= $given }
    return 1;
}

# What the client still sends is read nevertheless: closed on unread bytes, its answer would be lost.
sub receiver_gone {
    exit RECEIVER_GONE if $gone;
    # Opened again, it keeps its number.
    open $receiver, '>', '/dev/null' or exit RECEIVER_GONE;
    $gone = 1;
}

# Pairs of file descriptor and events.
sub wait_for {
    my @wanted = @_;
    my $set = '';
    while ( my ( $fd, $events ) = splice @wanted, 0, 2 ) { $set .= pack 'lss', $fd, $events, 0 }
    return if syscall( $ppoll, $set, @_ / 2, 0, 0, 0 ) == -1;
    my @polled = unpack '(lss)*', $set;
    # That the receiver has gone altogether is noticed also while there is nothing to give it.
    receiver_gone() if @polled > 3 && $polled[5] & ( POLLERR | POLLHUP );
}
