"""ATT&CK as files: layers of the Navigator, releases as STIX, and layers beside what rules cover."""
