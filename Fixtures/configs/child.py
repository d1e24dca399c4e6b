_base_ = ['_base_/model.py', './_base_/schedule.py']

model = dict(
    backbone=dict(depth=101, init_cfg=dict(checkpoint='torchvision://resnet101')),
    neck=dict(_delete_=True, type='NASFPN', in_channels=[256, 512, 1024, 2048]),
    new=dict(_delete_=True, kept='as mmengine keeps it'))
img_scale = _base_.train_pipeline[1].scale
pipeline = _base_.train_pipeline[:-1] + [dict(type='Flip', prob=0.5)] + _base_.train_pipeline[-1:]
nested = dict(channels={{_base_.model.neck.in_channels}}, mean=_base_.model.data_preprocessor.mean)
work_dir = 'work_dirs/{{ fileBasenameNoExtension }}'
classes = {{'$PTHCONV_FIXTURE_CLASSES:80'}}
detector = _base_.model
detector.pop('roi_head')
del _base_.auto_scale_lr

import copy

second = copy.deepcopy(_base_.model.data_preprocessor)
second.mean = [0, 0, 0]
