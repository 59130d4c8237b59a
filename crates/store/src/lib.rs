//! OCI content that you own: in memory, or as OCI image layouts on disk.
