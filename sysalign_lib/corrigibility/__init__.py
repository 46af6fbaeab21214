"""Chapter on corrigibility (paper, section 3.2): when does the off switch stay open, and when does it help?"""
