_base_ = 'base.yaml'
model = dict(backbone=dict(depth=_base_.model.second.depth))
