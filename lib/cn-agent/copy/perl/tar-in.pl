# Takes a tar stream apart: ustar, GNU and PAX with long names, big numbers and sparse files. Memory does not grow with what comes in.
package TarIn;
use strict;
use warnings;

use constant { BLOCK => 512, PIECE => 256 << 10, MAX_SPECIAL => 1 << 20, MAX_HOLES => 1 << 20 };

my $buffer = '';
my $at     = 0;

# Makes at least $want bytes available at $at; false at the end of the stream.
sub fill {
    my ($want) = @_;
    while ( length($buffer) - $at < $want ) {
        if ( $at > 0 ) { $buffer = substr $buffer, $at; $at = 0 }
        my $got = sysread STDIN, $buffer, PIECE, length $buffer;
        if ( !defined $got ) { next if $! == Kernel::EINTR; die "read: " . Kernel::error() . "\n" }
        return 0 if $got == 0;
    }
    return 1;
}

sub take {
    my ($length) = @_;
    fill($length) or die "unexpected EOF\n";
    $at += $length;
    return substr $buffer, $at - $length, $length;
}

# Gives the next $length bytes to $sink in pieces; undef throws them away.
sub pass {
    my ( $length, $sink ) = @_;
    while ( $length > 0 ) {
        fill(1) or die "unexpected EOF\n";
        my $have  = length($buffer) - $at;
        my $piece = $have < $length ? $have : $length;
        $sink->( \$buffer, $at, $piece ) if $sink;
        $at += $piece;
        $length -= $piece;
    }
}

# Reads on to the end of the stream: what follows the archive is padding.
sub drain {
    $buffer = '';
    $at     = 0;
    while (1) {
        my $got = sysread STDIN, $buffer, PIECE;
        last if defined $got && $got == 0;
        die "read: " . Kernel::error() . "\n" unless defined $got || $! == Kernel::EINTR;
    }
}

# Calls $handler->($entry, $read) for every entry, in order; $read->($sink, $holes) passes on the content and may be left out.
sub each_entry {
    my ($handler) = @_;
    my %next;
    while ( my $raw = next_block() ) {
        my $entry = fields($raw);
        my $type  = $entry->{type};
        if ( $type =~ /[xgLK]/ ) {
            special( $entry, \%next );
            next;
        }
        overlay_pax( $entry, $next{pax} // {} );
        $entry->{name} = $next{L} if defined $next{L};
        $entry->{link} = $next{K} if defined $next{K};
        %next = ();
        sparse_map( $entry, $raw );
        my $stored = $entry->{stored};
        my $read   = sub { my ($sink) = @_; pass( $stored, $sink ); $stored = 0 };
        $handler->( $entry, $read );
        pass( $stored, undef );
        pass( $entry->{padding}, undef );
    }
    drain();
}

# undef at the end: two blocks of zeros, or nothing more.
sub next_block {
    return undef unless fill(1);
    my $raw = take(BLOCK);
    return $raw unless $raw =~ /^\0*$/;
    return undef unless fill(1);
    $raw = take(BLOCK);
    return undef if $raw =~ /^\0*$/;
    die "archive/tar: invalid tar header\n";
}

sub fields {
    my ($raw) = @_;
    my ( $name, $mode, $uid, $gid, $size, $mtime, $sum, $type, $link, $magic, $rest ) =
      unpack 'a100 a8 a8 a8 a12 a12 a8 a1 a100 a8 a*', $raw;
    check_sum( $raw, number($sum) );
    my ( $major, $minor, $prefix ) = unpack 'x64 a8 a8 a155', $rest;
    s/\0.*//s for $name, $link, $prefix;
    $name = "$prefix/$name" if $magic =~ /^ustar\0/ && $prefix ne '';
    my $length = number($size);
    $length = 0 if $type =~ /[1-6]/;
    die "archive/tar: invalid tar header\n" if $length < 0;
    $type = $name =~ m{/$} ? '5' : '0' if $type eq "\0" || $type eq '7';
    return {
        name => $name, link => $link, type => $type, mode => number($mode) & 07777, uid => number($uid), gid => number($gid),
        size => $length, stored => $length, padding => -$length % BLOCK, mtime => [ number($mtime), 0 ],
        major => $type =~ /[34]/ ? number($major) : 0, minor => $type =~ /[34]/ ? number($minor) : 0, xattrs => {},
    };
}

# The sum of all bytes, its own field taken for spaces; some old programs took bytes for signed.
sub check_sum {
    my ( $raw, $want ) = @_;
    my $field = substr $raw, 148, 8;
    return if $want == unpack( '%32C*', $raw ) - unpack( '%32C*', $field ) + 256;
    return if $want == unpack( '%32c*', $raw ) - unpack( '%32c*', $field ) + 256;
    die "archive/tar: invalid tar header\n";
}

# Octal text, or with the high bit set a big-endian number of two's complement.
sub number {
    my ($text) = @_;
    return oct $1 if $text =~ /^([0-7]+)[\0 ]*\z/;
    my $first = ord $text;
    if ( $first & 0x80 ) {
        my ( undef, @bytes ) = unpack 'C*', $text;
        my $value = ( $first & 0x7f ) - ( $first & 0x40 ? 0x80 : 0 );
        $value = $value * 256 + $_ for @bytes;
        die "archive/tar: invalid tar header\n" if abs($value) > 2**62;
        return $value;
    }
    $text =~ s/[\0 ]+$//;
    $text =~ s/^[\0 ]+//;
    return 0 if $text eq '';
    die "archive/tar: invalid tar header\n" if $text !~ /^[0-7]+$/;
    return oct $text;
}

# The entries that only say something of the next one. A global one is read and forgotten, as dockerd does.
sub special {
    my ( $entry, $next ) = @_;
    my ( $type, $length ) = @$entry{qw(type size)};
    die "archive/tar: header field too long\n" if $length > MAX_SPECIAL;
    my $text = take($length);
    take( $entry->{padding} );
    return if $type eq 'g';
    if ( $type eq 'x' ) { $next->{pax} = records($text) }
    else                { $text =~ s/\0.*//s; $next->{$type} = $text }
}

# PAX records by key; the keys of old sparse files come many times and make a list.
sub records {
    my ($text) = @_;
    my %pax;
    my $pos = 0;
    while ( $pos < length $text ) {
        my ($length) = substr( $text, $pos, 20 ) =~ /^([0-9]{1,10}) / or die "archive/tar: invalid tar header\n";
        my $body = substr $text, $pos + length($length) + 1, $length - length($length) - 1;
        die "archive/tar: invalid tar header\n" if $pos + $length > length $text || $body !~ /^([^=]+)=(.*)\n$/s;
        my ( $key, $value ) = ( $1, $2 );
        if    ( $key =~ /^GNU\.sparse\.(offset|numbytes)$/ ) { push @{ $pax{holes} }, $value }
        elsif ( $value eq '' )                               { delete $pax{$key} }
        else                                                 { $pax{$key} = $value }
        $pos += $length;
    }
    return \%pax;
}

sub overlay_pax {
    my ( $entry, $pax ) = @_;
    $entry->{name} = $pax->{path}     if defined $pax->{path};
    $entry->{link} = $pax->{linkpath} if defined $pax->{linkpath};
    for my $key (qw(uid gid size)) {
        next unless defined $pax->{$key};
        die "archive/tar: invalid tar header\n" if $pax->{$key} !~ /^[0-9]{1,18}$/;
        $entry->{$key} = $pax->{$key} + 0;
    }
    @$entry{qw(stored padding)} = ( $entry->{size}, -$entry->{size} % BLOCK ) if defined $pax->{size} && $entry->{type} !~ /[1-6]/;
    for my $key (qw(mtime atime)) {
        next unless defined $pax->{$key};
        $pax->{$key} =~ /^(-?[0-9]{1,15})(?:\.([0-9]*))?$/ or die "archive/tar: invalid tar header\n";
        my ( $s, $ns ) = ( $1, substr( ( $2 // '' ) . '0' x 9, 0, 9 ) + 0 );
        # The fraction of a negative time counts away from zero.
        ( $s, $ns ) = ( $s - 1, 1e9 - $ns ) if $pax->{$key} =~ /^-/ && $ns > 0;
        $entry->{$key} = [ $s + 0, $ns ];
    }
    for my $key ( keys %$pax ) { $entry->{xattrs}{$1} = $pax->{$key} if $key =~ /^SCHILY\.xattr\.(.+)$/s }
    $entry->{sparse} = $pax if grep { /^GNU\.sparse\./ } keys %$pax or $pax->{holes};
}

# Fills in $entry->{pieces}, pairs of offset and length, for a sparse file, whichever of the four ways it is written in.
sub sparse_map {
    my ( $entry, $raw ) = @_;
    if ( $entry->{type} eq 'S' ) {
        my @pieces = map { number($_) } grep { /[^\0]/ } unpack '(a12)*', substr $raw, 386, 96;
        my $more = substr $raw, 482, 1;
        $entry->{size} = number( substr $raw, 483, 12 );
        while ( $more =~ /[^\0]/ ) {
            my $block = take(BLOCK);
            push @pieces, map { number($_) } grep { /[^\0]/ } unpack '(a12)*', substr $block, 0, 504;
            $more = substr $block, 504, 1;
            die "archive/tar: header field too long\n" if @pieces > MAX_HOLES;
        }
        @$entry{qw(type pieces)} = ( '0', \@pieces );
    }
    elsif ( my $pax = $entry->{sparse} ) {
        $entry->{name} = $pax->{'GNU.sparse.name'} if defined $pax->{'GNU.sparse.name'};
        my $size = $pax->{'GNU.sparse.realsize'} // $pax->{'GNU.sparse.size'};
        $entry->{size} = $size + 0 if defined $size && $size =~ /^[0-9]{1,18}$/;
        my $new = ( $pax->{'GNU.sparse.major'} // 0 ) eq '1';
        $entry->{pieces} = $new ? map_in_content($entry) : [ split( /,/, $pax->{'GNU.sparse.map'} // '' ), @{ $pax->{holes} // [] } ];
    }
    check_pieces($entry) if $entry->{pieces};
}

# Version 1.0: the map stands before the content, as lines of decimal numbers, filled up to whole blocks.
sub map_in_content {
    my ($entry) = @_;
    my ( $text, @numbers ) = ('');
    my $wanted;
    while ( !defined $wanted || @numbers < $wanted ) {
        die "archive/tar: invalid sparse map\n" if $entry->{stored} < BLOCK;
        $text .= take(BLOCK);
        $entry->{stored} -= BLOCK;
        while ( ( !defined $wanted || @numbers < $wanted ) && $text =~ s/^([0-9]{1,18})\n// ) {
            if   ( defined $wanted ) { push @numbers, $1 }
            else                     { $wanted = 2 * $1 }
        }
        die "archive/tar: invalid sparse map\n" if length $text > 2 * BLOCK || ( $wanted // 0 ) > 2 * MAX_HOLES;
    }
    return \@numbers;
}

sub check_pieces {
    my ($entry) = @_;
    my ( $end, $sum ) = ( 0, 0 );
    my $pieces = $entry->{pieces};
    for ( my $i = 0 ; $i < @$pieces ; $i += 2 ) {
        my ( $from, $length ) = @$pieces[ $i, $i + 1 ];
        die "archive/tar: invalid sparse map\n"
          if ( $from // '' ) !~ /^[0-9]+$/ || ( $length // '' ) !~ /^[0-9]+$/ || $from < $end;
        ( $end, $sum ) = ( $from + $length, $sum + $length );
    }
    die "archive/tar: invalid sparse map\n" if $end > $entry->{size} || $sum > $entry->{stored};
}

1;
