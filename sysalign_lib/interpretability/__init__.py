"""Chapter on interpretability (paper, section 3.3): what does it help to know every part of a system?"""
