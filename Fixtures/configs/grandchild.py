_base_ = 'child.py'
model = dict(backbone=dict(depth=50), neck=dict(out_channels=128))
optim_wrapper = dict(optimizer=dict(_delete_=True, type='AdamW', lr=1e-4))
copied = {{_base_.pipeline}}
