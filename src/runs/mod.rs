//! A run is a directory: request, frozen inputs, progress, units, log and result; and the worker that works it.
