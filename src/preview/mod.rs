//! Slices and small live computations on background threads: the newest request wins.
