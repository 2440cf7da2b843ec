//! Made-up viewers and what they say.
