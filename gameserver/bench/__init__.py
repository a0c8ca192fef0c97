"""The product's figures, each beside stock Twisted PB in the same run."""
