# Sends datagrams to a unix socket for an agent whose language has no such sockets: length and bytes in, one errno (0 = sent) out for each.
use strict;
use Socket;
my ($path) = @ARGV;
binmode STDIN;
binmode STDOUT;
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or exit 1;
syswrite STDOUT, chr(connect($socket, pack_sockaddr_un($path)) ? 0 : $! + 0);
while (read(STDIN, my $head, 4) == 4) {
    my $length = unpack('N', $head);
    my $data = '';
    exit if $length && read(STDIN, $data, $length) != $length;
    syswrite STDOUT, chr(defined(send($socket, $data, 0)) ? 0 : $! + 0);
}
