// What the conformance suite of the distribution-spec, version 1.1.1, is made of, so that everybody builds the same.
module suite

go 1.20

require github.com/opencontainers/distribution-spec/conformance v0.0.0-20250123160558-a139cc423184
