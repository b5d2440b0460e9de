"""The product's version, in one place; the wheel takes it from here."""

VERSION = "0.2.0"
