# table-watch.pl NAME...: a line when it has begun to listen, and one whenever an nftables table of such a name has been deleted, or the
# kernel had more to tell than could be kept. Ends with its standard input. `nft monitor` tells the same, but keeps every set element
# that was ever added in memory.
use strict;
use warnings;

# linux/socket.h, linux/netlink.h, linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h
use constant { AF_NETLINK => 16, SOCK_RAW => 3, NETLINK_NETFILTER => 12, SOL_NETLINK => 270, ADD_MEMBERSHIP => 1 };
use constant { GROUP_NFTABLES => 7, DELETED_TABLE => (10 << 8) | 2, TABLE_NAME => 1 };
use constant { HEADERS => 20, BUFFER => 1 << 18 };

my %ours = map { $_ => 1 } @ARGV;
$| = 1;
socket(my $socket, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER) or die "socket: $!\n";
bind($socket, pack('SSLL', AF_NETLINK, 0, 0, 0)) or die "bind: $!\n";
setsockopt($socket, SOL_NETLINK, ADD_MEMBERSHIP, pack('i', GROUP_NFTABLES)) or die "setsockopt: $!\n";
print "listening\n";

while (1) {
    my $ready = '';
    vec($ready, fileno($_), 1) = 1 for \*STDIN, $socket;
    select($ready, undef, undef, undef) > 0 or next;
    exit 0 if vec($ready, fileno(STDIN), 1) && !sysread(STDIN, my $unused, 1);
    next unless vec($ready, fileno($socket), 1);
    # It is empty when the kernel has thrown some away.
    my $told = sysread($socket, my $messages, BUFFER);
    print "gone\n" if !defined $told || $told == BUFFER || tells_of_ours($messages);
}

sub tells_of_ours {
    my ($messages) = @_;
    while (length $messages >= HEADERS) {
        my ($length, $type) = unpack('LS', $messages);
        return 0 if $length < HEADERS;
        return 1 if $type == DELETED_TABLE && $ours{ name_in(substr($messages, HEADERS, $length - HEADERS)) };
        $messages = behind($messages, $length);
    }
    return 0;
}

sub name_in {
    my ($attributes) = @_;
    while (length $attributes >= 4) {
        my ($length, $type) = unpack('SS', $attributes);
        return '' if $length < 4;
        return unpack('Z*', substr($attributes, 4, $length - 4)) if $type == TABLE_NAME;
        $attributes = behind($attributes, $length);
    }
    return '';
}

# Each begins at a multiple of four bytes.
sub behind {
    my ($text, $length) = @_;
    my $next = ($length + 3) & ~3;
    return $next < length $text ? substr($text, $next) : '';
}
