# Fills an empty volume with what an image has at its mount point: two halves of this process, one locked into the image's root
# file system and one into the volume, with a tar stream between them. Neither can see anything else.
package Fill;
use strict;
use warnings;

# fill <mount point> <type> <source> <options> <directory> <volume> <subpath> <path in the image>
sub run {
    my ( $point, $type, $source, $options, $directory, $volume, $subpath, $path ) = @_;
    Kernel::must( 'unshare', Kernel::CLONE_NEWNS );
    Kernel::mount_attributes( Kernel::AT_FDCWD, '/', Kernel::AT_RECURSIVE, 0, Kernel::MS_PRIVATE );
    if ( $subpath ne '' ) {
        my ( $fd, $why ) = Volumes::beneath( $volume, $subpath );
        return $why->{escapes} ? 'outside' : 'nothing' if $why;
        $volume = "/proc/self/fd/$fd";
        return 'part' unless -d $volume;
    }
    return 'full' if names($volume);
    my $volume_fd = Kernel::clone_mount( $volume, 0 );
    View::mount( 'tmpfs', 'tmpfs', $point, 'size=64k,mode=0700' );
    mkdir "$point/image"; mkdir "$point/volume";
    View::mount_root( "$point/image", $type, $source, $options, $directory );
    Kernel::attach_mount( $volume_fd, "$point/volume" );
    View::switch_root($point);
    my $set = Kernel::MOUNT_ATTR_NOSUID | Kernel::MOUNT_ATTR_NODEV | Kernel::MOUNT_ATTR_NOEXEC;
    Kernel::mount_attributes( Kernel::AT_FDCWD, '/', Kernel::AT_RECURSIVE, $set, 0 );
    pipe my $out, my $in or die "pipe: $!\n";
    my $reader = fork() // die "fork: $!\n";
    if ( $reader == 0 ) {
        my $done = eval { close $out; read_image( $path, $in ); 1 };
        exit( $done ? 0 : 1 );
    }
    close $in;
    my $there = write_volume( $out, $path );
    waitpid $reader, 0;
    die "reading $path of the image failed\n" if $?;
    return $there;
}

sub names {
    my ($path) = @_;
    opendir my $dir, $path or die "opendir $path: $!\n";
    return grep { $_ ne '.' && $_ ne '..' } readdir $dir;
}

# A first byte says what is there: d, f or - for nothing.
sub read_image {
    my ( $path, $in ) = @_;
    chdir '/image' or die "chdir: $!\n";
    chroot '.'     or die "chroot: $!\n";
    chdir '/'      or die "chdir: $!\n";
    Cage::lock_up('read');
    open STDOUT, '>&', $in or die "dup: $!\n";
    close $in;
    my @stat = stat $path;
    my $kind = !@stat ? '-' : ( $stat[2] & Kernel::S_IFMT ) == Kernel::S_IFDIR ? 'd' : 'f';
    syswrite STDOUT, $kind;
    return if $kind ne 'd';
    chdir $path or die "chdir $path: $!\n";
    syswrite STDOUT, pack 'L3 q2', $stat[2] & 07777, @stat[ 4, 5, 8, 9 ];
    TarOut::tree( '.', '', '' );
    TarOut::finish();
}

# What a container's own files of /etc are mounted on: over a volume that is read-only they could not be made.
sub stubs {
    for my $name (qw(hostname hosts resolv.conf)) {
        sysopen my $file, $name, Kernel::O_WRONLY | Kernel::O_CREAT | Kernel::O_EXCL | Kernel::O_NOFOLLOW, 0755;
    }
}

sub write_volume {
    my ( $out, $path ) = @_;
    chdir '/volume' or die "chdir: $!\n";
    chroot '.'      or die "chroot: $!\n";
    chdir '/'       or die "chdir: $!\n";
    Cage::lock_up('write');
    open STDIN, '<&', $out or die "dup: $!\n";
    close $out;
    my $kind = '-';
    sysread STDIN, $kind, 1;
    return $kind eq 'f' ? 'file' : 'nothing' if $kind ne 'd';
    my $head = '';
    while ( length $head < 28 ) { sysread STDIN, $head, 28 - length $head, length $head or die "unexpected EOF\n" }
    my ( $mode, $uid, $gid, $atime, $mtime ) = unpack 'L3 q2', $head;
    Extract::run( destination => '/' );
    if ( $path eq '/etc' ) { stubs() }
    chown $uid, $gid, '/' or die "chown: $!\n";
    chmod $mode, '/' or die "chmod: $!\n";
    Kernel::set_times( undef, '/', [ $atime, 0 ], [ $mtime, 0 ] );
    return 'directory';
}

1;
