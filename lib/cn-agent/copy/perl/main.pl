# The one program that touches a container's files for docker cp, export, diff and commit. Usage: main.pl <arch> <parent pid> <work> <words…>
use strict;
use warnings;

my $here;
BEGIN {
    ($here) = $0 =~ m{^(.*)/};
    require "$here/kernel.pl";
}
BEGIN { require "$here/$_.pl" for qw(cage paths) }

# What the last bytes of a stream say; the reader knows by them that it has all.
use constant TRAILER => 1024;

my ( $arch, $parent, $work, @words ) = @ARGV;
my %WORK = (
    hold    => sub { need('view'); View::hold(@words) },
    stat    => sub { inside( 'read',  0 ); answer( Paths::describe( $words[0] ) ) },
    check   => sub { inside( 'write', 0 ); Paths::enter_destination( $words[0] ); answer( {} ) },
    read    => \&read_tree,
    export  => \&export_root,
    write   => \&write_tree,
    changes => \&list_changes,
    layer   => \&write_layer,
    mount   => sub { need('volumes'); answer( Volumes::mount_device(@words) ) },
    layers  => sub { need('view'); View::mount_root(@words); answer( {} ) },
    part    => sub { need('volumes'); answer( Volumes::part(@words) ) },
    fill    => sub { need( 'view', 'volumes', 'tar-in', 'extract', 'tar-out', 'fill' ); answer( { there => Fill::run(@words) } ) },
);
my $trailer = 0;

Kernel::init($arch);
Cage::bind_to_parent($parent);
if ( !eval { $WORK{$work}->(); 1 } ) {
    my $error = $@;
    $error = { code => 'CopyFailed', message => $error =~ s/\n\z//r } unless ref $error;
    $trailer ? finish_stream($error) : answer($error);
    # Closed on bytes that nobody has read, the connection would lose the answer.
    if ( $work eq 'write' && $trailer ) { shutdown STDOUT, 1; eval { TarIn::drain() } }
    exit 3;
}
exit 0;

sub need { require "$here/$_.pl" for @_ }

# From here on there is nothing but the container. Streams run under a supervisor that watches their socket.
sub inside {
    my ( $kind, $stream, $bare ) = @_;
    Cage::enter( 3, $kind eq 'read' );
    Cage::enter_bare() if $bare;
    locked( $kind, $stream );
}

sub locked {
    my ( $kind, $stream ) = @_;
    Cage::lock_up($kind);
    Cage::supervise( $stream ? 1 : undef );
    return unless $stream;
    # Node's sockets do not block, ours shall.
    fcntl STDOUT, 4, ( fcntl( STDOUT, 3, 0 ) + 0 ) & ~Kernel::O_NONBLOCK;
}

sub answer {
    syswrite STDOUT, Paths::json( $_[0] ) . "\n";
}

# The last $TRAILER bytes of a stream whose client asked for them: JSON and spaces.
sub finish_stream {
    my ($result) = @_;
    $result->{message} = substr $result->{message}, 0, 400 if defined $result->{message};
    my $rest = sprintf '%-' . ( TRAILER - 1 ) . "s\n", Paths::json($result);
    while ( $rest ne '' ) {
        my $written = syswrite STDOUT, $rest;
        next if !defined $written && $! == Kernel::EINTR;
        last unless $written;
        substr $rest, 0, $written, '';
    }
}

# read <path> <name> <prefix> <trailer>
sub read_tree {
    my ( $path, $name, $prefix, $told ) = @words;
    need('tar-out');
    $trailer = $told;
    inside( 'read', 1 );
    TarOut::tree( $path, $name, $prefix );
    TarOut::finish();
    finish_stream( {} ) if $trailer;
}

# export <trailer>
sub export_root {
    need('tar-out');
    $trailer = $words[0];
    inside( 'read', 1, 1 );
    TarOut::tree( '/', '', '' );
    TarOut::finish();
    finish_stream( {} ) if $trailer;
}

# write <path> <no overwrite> <uid> <gid> <trailer>: uid '' keeps the archive's owners
sub write_tree {
    my ( $path, $no_overwrite, $uid, $gid, $told ) = @words;
    need( 'tar-in', 'extract' );
    $trailer = $told;
    # The client sends nothing before this: it would be read by the agent.
    syswrite STDOUT, "\n" if $trailer;
    inside( 'write', 1 );
    Paths::enter_destination($path);
    my $owner = $uid eq '' ? undef : [ $uid + 0, $gid + 0 ];
    Extract::run( no_overwrite_dir => $no_overwrite, owner => $owner, destination => $path );
    finish_stream( {} ) if $trailer;
}

# changes <mount point> <upper> <options> <directory of the lower ones> <lower>…
sub list_changes {
    need( 'view', 'changes' );
    $trailer = 1;
    Changes::build_root(@words);
    locked( 'changes', 1 );
    Changes::run();
    finish_stream( {} );
}

# layer: words as for changes. A tar to a pipe, whole when we end with 0: a half one must not look like a layer.
sub write_layer {
    need( 'view', 'changes', 'tar-out', 'layer' );
    Changes::build_root(@words);
    locked( 'changes', 0 );
    if ( !eval { Layer::run(); 1 } ) { print STDERR $@; exit 3 }
}
