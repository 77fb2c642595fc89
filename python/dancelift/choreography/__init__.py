"""What a choreographer asks next: how two performances differ, which phrases come back, and each in a sentence."""
