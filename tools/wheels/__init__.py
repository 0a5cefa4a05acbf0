"""What a release is made of, made and tried here: the sdist, wheels of it, each installed where nothing else is."""
