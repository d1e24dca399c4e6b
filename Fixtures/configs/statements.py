norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='Net',
    backbone=dict(type='ResNet', depth=50, norm_cfg=norm_cfg),
    # A comment inside.
    head=dict(channels=[64 * 2**i for i in range(4)]))
model['backbone']['depth'] = 101
model.update(neck=dict(type='FPN'), head=dict(new=True))
second = dict(model, neck=dict(model["neck"]))
second['neck']['type'] = 'PAFPN'
alias = norm_cfg
alias['eps'] = 1e-3
del model['type']
lr = 0.02
lr *= 2
steps = [8]
steps += [11]
steps.append(12)
steps.insert(0, 4)
taken = steps.pop()
temporary = 1
del temporary
depths = [2, 18]
custom_keys = {f'stage.{i}': dict(decay=0.1 * j) for i, d in enumerate(depths) for j in range(d) if j == 1}
custom_keys.update({'norm': dict(decay=0.0)})
pairs = [(a, b) for a, b in zip('xy', [1, 2])]
if lr > 0.01:
    size = 'large'
else:
    size = 'small'
for index in range(3):
    last = index


def helper(value):
    return value


__hidden__ = 1
