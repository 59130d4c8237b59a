//! Any registry served over HTTP: a tower service, and a listener for it.
