"""Detection over many machines: the functions that Apache Spark runs, and what they need to travel."""
