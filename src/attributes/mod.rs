//! Seismic attributes and filters: volume to volume, in slabs with halo.
