"""Evidence (佐证资料): taking files in, keeping them, checking what is missing, handing it in."""
