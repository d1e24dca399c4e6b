_base_ = [
    '_base_/model.py',
    '_base_/schedule.py',
]

# The detector of this run.
model = dict(
    type='CascadeRCNN',
    neck=dict(out_channels=128))  # narrower
default_scope = 'mmdet'
