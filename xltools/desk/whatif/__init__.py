"""What if (假如): the register of one moment under another scheme, other money or other decisions."""
