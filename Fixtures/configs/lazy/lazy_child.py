import torch.optim
from mmengine.config import read_base

with read_base():
    from .._base_.lazy_model import *

from mmdet.models import Res2Net

model.update(dict(backbone=dict(type=Res2Net, scales=4)))
model.neck.out_channels = 256
model.merge(dict(backbone=dict(norm_cfg=dict(_delete_=True, type='GN'))))
optimizer = dict(type=torch.optim.SGD, lr=0.02)
