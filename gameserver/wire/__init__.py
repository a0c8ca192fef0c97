"""The wire: Banana and Jelly for plain values, without input or output of its own."""
