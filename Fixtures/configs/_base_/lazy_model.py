from mmdet.models import FPN, FasterRCNN, ResNet
from torch.nn import BatchNorm2d as BN

channels = [256, 512, 1024, 2048]
model = dict(type=FasterRCNN, backbone=dict(type=ResNet, depth=50, norm_cfg=dict(type=BN)),
             neck=dict(type=FPN, in_channels=channels))
