"""The commands of `roomwatch`, one file each."""
