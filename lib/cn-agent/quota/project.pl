# Disk quotas by project, asked of the kernel: a directory is given a number that everything made in it inherits, and the number a limit.
# The number stands on the directory itself, so that no record of ours can be lost or disagree. Answers one line of JSON.
#
#   able <directory>                 whether limits hold on its file system
#   limit <bytes> <directory>...     one limit for all of them together; also a new one. They are new and empty, or have a number
#   release <directory>              its number has no limit any more, and is free when the directory is gone
use strict;
use warnings;

use constant { FSGETXATTR => 0x801c581f, FSSETXATTR => 0x401c5820, PROJINHERIT => 0x200, NR_QUOTACTL_FD => 443 };
use constant { Q_XGETQUOTA => 0x5803, Q_XSETQLIM => 0x5804, Q_XGETQSTAT => 0x5805, PRJQUOTA => 2, FS_PROJ_QUOTA => 2 };
use constant { ENFORCED => 1 << 5, LIMITS => 1 << 2 | 1 << 3, BLOCK => 512, ENOENT => 2 };
# Below are the numbers that people and dockerd choose.
use constant { FIRST => 1 << 24, LAST => 1 << 31 };

my ( $what, @words ) = @ARGV;
my %works = ( able => \&able, limit => \&limit, release => \&release );
my $work  = $works{ $what // '' } or die "no such work\n";
print '{"able":', ( $work->(@words) ? 'true' : 'false' ), "}\n";

sub able {
    my $fd   = directory( $_[0] );
    my $buffer = "\0" x 256;
    return 0 if syscall( NR_QUOTACTL_FD, fileno $fd, command(Q_XGETQSTAT), 0, $buffer ) == -1;
    return unpack( 'x2 S', $buffer ) & ENFORCED ? 1 : 0;
}

sub limit {
    my ( $bytes, @paths ) = @_;
    my @dirs    = map { directory($_) } @paths;
    my $project = project_of( $dirs[0] ) || free_project( $dirs[0] );
    # The number first: a limit whose directory does not have it yet could not be found again after a crash.
    set_project( $_, $project ) for @dirs;
    set_limit( $dirs[0], $project, $bytes );
    return 1;
}

sub release {
    my $fd = directory( $_[0] );
    # Where limits do not hold any more, nothing is to be given back.
    return eval {
        my $project = project_of($fd);
        set_limit( $fd, $project, 0 ) if $project >= FIRST;
        1;
    };
}

sub directory {
    my ($path) = @_;
    sysopen my $dir, $path, 0 or die "$path: $!\n";
    return $dir;
}

sub command { return ( $_[0] << 8 ) | PRJQUOTA }

sub attributes {
    my ($fd) = @_;
    my $buffer = "\0" x 28;
    ioctl $fd, FSGETXATTR, $buffer or die "reading a project: $!\n";
    return $buffer;
}

sub project_of { return unpack 'x12 L', attributes( $_[0] ) }

sub set_project {
    my ( $fd, $project ) = @_;
    my $buffer = attributes($fd);
    substr( $buffer, 0,  4 ) = pack 'L', unpack( 'L', $buffer ) | PROJINHERIT;
    substr( $buffer, 12, 4 ) = pack 'L', $project;
    ioctl $fd, FSSETXATTR, $buffer or die "setting a project: $!\n";
}

# One that has neither a limit nor files; who else looks for one at this moment will not draw the same.
sub free_project {
    my ($fd) = @_;
    while (1) {
        my $project = FIRST + int rand( LAST - FIRST );
        my $buffer  = "\0" x 112;
        if ( syscall( NR_QUOTACTL_FD, fileno $fd, command(Q_XGETQUOTA), $project, $buffer ) == -1 ) {
            return $project if $! == ENOENT;
            die "asking for a project: $!\n";
        }
        # Limits of blocks and inodes, then how many there are of each.
        return $project unless grep { $_ } unpack 'x8 Q6', $buffer;
    }
}

sub set_limit {
    my ( $fd, $project, $bytes ) = @_;
    my $blocks = int( ( $bytes + BLOCK - 1 ) / BLOCK );
    my $buffer = pack 'c c S L Q Q', 1, FS_PROJ_QUOTA, LIMITS, $project, $blocks, $blocks;
    $buffer .= "\0" x ( 112 - length $buffer );
    syscall( NR_QUOTACTL_FD, fileno $fd, command(Q_XSETQLIM), $project, $buffer ) == 0 or die "setting a limit: $!\n";
}
