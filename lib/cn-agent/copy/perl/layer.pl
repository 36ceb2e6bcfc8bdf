# What a container changed as an image's layer: a tar of what is new or different, with OCI's marks for what is gone.
package Layer;
use strict;
use warnings;

use constant { GONE => '.wh.', HIDES => '.wh..wh..opq' };

# In a root that Changes::build_root made.
sub run {
    my ( $old, $new ) = ( Changes::lower(''), Kernel::statx('/upper') );
    put( '', './' ) if $old && Changes::differs( $old, $new );
    walk( '', sub { } );
    TarOut::finish();
}

sub put {
    my ( $path, $name ) = @_;
    my @stat = lstat "/upper$path" or return;
    TarOut::entry( "/upper$path", $name, \@stat, $stat[2] & Kernel::S_IFMT );
}

# An empty file whose name is the mark.
sub mark {
    my ($name) = @_;
    my @stat = (0) x 13;
    TarOut::put( TarOut::header( { name => $name, link => '', size => 0, type => '0' }, \@stat, {} ) );
}

# $tell writes the entry of the directory itself, once, before the first that is in it: one that only was touched is no change.
sub walk {
    my ( $dir, $tell ) = @_;
    for my $name ( sort( Changes::names("/upper$dir") ) ) {
        my $path = "$dir/$name";
        my $new  = Kernel::statx("/upper$path") // next;
        my $old  = Changes::lower($path);
        if ( Changes::is_whiteout($new) ) {
            next unless $old;
            $tell->();
            mark( substr( $dir, 1 ) . ( $dir eq '' ? '' : '/' ) . GONE . $name );
            next;
        }
        if ( ( $new->{mode} & Kernel::S_IFMT ) != Kernel::S_IFDIR ) {
            next if !$old && Changes::is_stub( $path, $new );
            $tell->();
            put( $path, substr $path, 1 );
            next;
        }
        directory( $path, $old, $new, $tell );
    }
}

sub directory {
    my ( $path, $old, $new, $tell ) = @_;
    my $told   = 0;
    my $itself = sub {
        return if $told;
        $told = 1;
        $tell->();
        put( $path, substr $path, 1 );
    };
    my $covers = $old && ( $old->{mode} & Kernel::S_IFMT ) == Kernel::S_IFDIR;
    my $hides  = $covers && ( Kernel::xattr( "/upper$path", 'trusted.overlay.opaque' ) // '' ) eq 'y';
    $itself->() if $old ? $hides || Changes::differs( $old, $new ) : !Changes::is_stub( $path, $new );
    mark( substr( $path, 1 ) . '/' . HIDES ) if $hides;
    walk( $path, $itself );
}

1;
