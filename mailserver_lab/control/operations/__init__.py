"""The operations on a lab, by what they are about. `control.service` puts them together."""
