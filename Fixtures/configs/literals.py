# Values of every kind that configurations write.
nothing = None
yes, no = True, False
integers = [0, -7, 1_000, 0x1F, 0o17, 0b101, +3, ~5]
floats = [0.02, 1e-4, .5, 5., 1_0.0e2, -0.0, 1e16]
arithmetic = dict(
    add=1 + 2 * 3, power=2**10, minus=-2**2, divide=7 / 2, floor=-7 // 2, modulo=-7 % 3,
    float_modulo=-7.5 % 2, float_floor=7.5 // 2, mixed=0.02 / 8 * 4, inverse=2**-1, shift=1 << 4,
    bits=6 & 3 | 8 ^ 1)
strings = [
    'single', "double", '''triple
line''', r'raw\n', 'tab\tend', 'joined ' 'by ' "Python", u'unicode é', '\x41\u00e9\101\\',
    'line \
goes on', 'unknown \d escape', ''
]
lists = [[1, 2] + [3], [0] * 3, [1, 2, 3][::-1], [1, 2, 3, 4][1:-1], [[]], list((1, 2)), [*range(3)]]
tuples = ((), (1, ), (1, 2), tuple([3]), 1, (1, 2)[0])
pair = 3, 4
texts = ['%s-%d' % ('a', 3), '{}/{name}'.format('a', name='b'), 'ab' * 2, 'abc'[-1], 'a,b'.split(','),
         '-'.join(['x', 'y'])]
width = 4
formatted = [f'{width}d', f"{width:03d}_{strings[0]}", f'{{{width}}}', f'{0.5:.2f}']
chosen = 'big' if width > 3 else 'small'
comparison = [1 < 2 < 3, 1 == 1.0, 'a' in 'abc', 3 not in [1], None is None, not width, width and 'x']
numbers = {0: 'zero', 1.5: 'float', None: 'none', 'text': 'text'}
nested = {'a': {'b': [dict(c=(1, 2))]}, **dict(d=1), }
rounded = [round(2.5), round(2.675, 2), int(3.9), float('1e3'), abs(-2), len('abc'), max(1, 3), sum([1, 2]), min([4, 2])]
