"""Chapter on RLHF and Constitutional AI (paper, section 3.5): what happens to human feedback when a system optimizes it?"""
