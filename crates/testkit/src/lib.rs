//! Laws that every registry must obey, fixtures, faults and a clock for tests. Not published.
