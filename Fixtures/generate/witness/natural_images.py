"""Procedural images with the statistics of photographs: "dead leaves".

Discs of all sizes (their radii fall off with the third power) cover each other, which gives edges at
all scales and a spectrum that falls off with about the square of the frequency. Every disc has a
colour and a texture; colours are correlated as those of photographs are (the eigenvectors and
standard deviations that AlexNet's authors published for ImageNet).
"""

import numpy as np

# Red, green, blue from 0 to 1, and the principal components of ImageNet's colours.
MEAN = np.array([0.485, 0.456, 0.406])
COMPONENTS = np.array(
    [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
DEVIATIONS = np.array([0.2175, 0.0188, 0.0045]) * np.array([1.55, 2.6, 2.6])


def noise(rng, size, slope):
    """A texture whose amplitude falls off with the frequency to the power of `slope`; mean 0, deviation 1."""
    y = np.fft.fftfreq(size)[:, None]
    x = np.fft.rfftfreq(size)[None, :]
    frequency = np.sqrt(x * x + y * y)
    frequency[0, 0] = 1
    spectrum = rng.standard_normal((size, size // 2 + 1)) + 1j * rng.standard_normal(
        (size, size // 2 + 1))
    spectrum /= frequency**slope
    spectrum[0, 0] = 0
    texture = np.fft.irfft2(spectrum, s=(size, size))
    return texture / texture.std()


def image(rng, size=256, contrast=1.0, saturation=1.0, slope=1.1, blur=0.0, tint=0.25):
    """One image, uint8, height × width × 3.

    What varies from one set of photographs to another can be changed: contrast, saturation, the
    slope of the textures, blur, and how far a whole picture's colour strays from grey.
    """
    textures = [noise(rng, size, slope) for _ in range(3)]
    # The colour around which a picture's colours lie.
    base = rng.standard_normal(3) * DEVIATIONS * np.array([0.55, 1 + tint, 1.0])
    picture = np.zeros((size, size, 3))
    smallest, largest = size / 85, size / 2.2
    count = 420
    # Radii with a density of r^-3; large ones lie behind, so that small ones are seen.
    u = rng.random(count)
    radii = 1 / np.sqrt((1 - u) / smallest**2 + u / largest**2)
    order = np.argsort(-radii + rng.random(count) * radii * 0.8)
    radii = np.concatenate([np.full(12, largest), radii[order]])
    grid = np.arange(size)
    for index, radius in enumerate(radii):
        cy, cx = rng.random(2) * size
        if index == 0:
            cy, cx, radius = size / 2, size / 2, size * 2
        y0, y1 = max(int(cy - radius), 0), min(int(cy + radius) + 1, size)
        x0, x1 = max(int(cx - radius), 0), min(int(cx + radius) + 1, size)
        if y0 >= y1 or x0 >= x1:
            continue
        # Half of the discs are ellipses or stripes, which gives orientations.
        stretch = np.exp(rng.standard_normal() * 0.5)
        dy, dx = (grid[y0:y1, None] - cy) * stretch, (grid[None, x0:x1] - cx) / stretch
        inside = dy * dy + dx * dx < radius * radius
        own = base + rng.standard_normal(3) * DEVIATIONS * np.array([0.8, saturation, saturation])
        texture = textures[rng.integers(3)][y0:y1, x0:x1]
        amount = abs(rng.standard_normal()) * 0.12
        shading = (dy * rng.standard_normal() + dx * rng.standard_normal()) / radius * 0.25
        light = own[0] + DEVIATIONS[0] * (amount * 3 * texture + shading * 0.6)
        colour = MEAN + (
            light[..., None] * COMPONENTS[:, 0] + own[1] * COMPONENTS[:, 1]
            + own[2] * COMPONENTS[:, 2]) * contrast
        picture[y0:y1, x0:x1][inside] = colour[inside]
    if blur:
        frequency = np.fft.fftfreq(size)[:, None] ** 2 + np.fft.rfftfreq(size)[None, :] ** 2
        filter = np.exp(-2 * (np.pi * blur) ** 2 * frequency)
        for channel in range(3):
            spectrum = np.fft.rfft2(picture[..., channel])
            picture[..., channel] = np.fft.irfft2(spectrum * filter, s=(size, size))
    # What a sensor and a JPEG leave.
    picture += rng.standard_normal(picture.shape) * 0.01
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def images(count, seed, size=256, **look):
    """`count` images, always the same for a seed: uint8, count × height × width × 3."""
    rng = np.random.default_rng(seed)
    return np.stack([image(rng, size, **look) for _ in range(count)])
