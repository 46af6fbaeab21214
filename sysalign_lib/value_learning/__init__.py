"""Chapter on value learning (paper, section 3.1): are values found, or made by the finding?"""
