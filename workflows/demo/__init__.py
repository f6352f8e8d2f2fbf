"""The demonstration city 云江市: invented, complete, and lived through by the verbs of the product itself."""
