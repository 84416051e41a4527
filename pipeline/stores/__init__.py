"""Where values are kept: the sealed vault, the register, the coding stores."""
