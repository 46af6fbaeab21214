"""Chapter on scalable oversight (paper, section 3.4): can a judge who sees little tell who is right?"""
