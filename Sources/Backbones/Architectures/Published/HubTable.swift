// Written by scripts/hub_names.py from mmengine 0.10.7, torchvision 0.29.2. Do not edit.
// swift-format-ignore-file

/// Names of published checkpoints: a line `@` with a folder, then names with their files.
package enum HubTable {
  package static let source = "mmengine 0.10.7, torchvision 0.29.2"

  package static let torchvision = """
    @https://download.pytorch.org/models/
    alexnet alexnet-owt-7be5be79.pth
    densenet121 densenet121-a639ec97.pth
    densenet169 densenet169-b2777c0a.pth
    densenet201 densenet201-c1103571.pth
    densenet161 densenet161-8d451a50.pth
    efficientnet_b0 efficientnet_b0_rwightman-3dd342df.pth
    efficientnet_b1 efficientnet_b1_rwightman-533bc792.pth
    efficientnet_b2 efficientnet_b2_rwightman-bcdf34b7.pth
    efficientnet_b3 efficientnet_b3_rwightman-cf984f9c.pth
    efficientnet_b4 efficientnet_b4_rwightman-7eb33cd5.pth
    efficientnet_b5 efficientnet_b5_lukemelas-b6417697.pth
    efficientnet_b6 efficientnet_b6_lukemelas-c76e70fd.pth
    efficientnet_b7 efficientnet_b7_lukemelas-dcc49843.pth
    googlenet googlenet-1378be20.pth
    inception_v3_google inception_v3_google-0cc3c7bd.pth
    mobilenet_v2 mobilenet_v2-b0353104.pth
    mobilenet_v3_large mobilenet_v3_large-8738ca79.pth
    mobilenet_v3_small mobilenet_v3_small-047dcff4.pth
    regnet_y_400mf regnet_y_400mf-c65dace8.pth
    regnet_y_800mf regnet_y_800mf-1b27b58c.pth
    regnet_y_1_6gf regnet_y_1_6gf-b11a554e.pth
    regnet_y_3_2gf regnet_y_3_2gf-b5a9779c.pth
    regnet_y_8gf regnet_y_8gf-d0d0e4a8.pth
    regnet_y_16gf regnet_y_16gf-9e6ed7dd.pth
    regnet_y_32gf regnet_y_32gf-4dee3f7a.pth
    regnet_x_400mf regnet_x_400mf-adf1edd5.pth
    regnet_x_800mf regnet_x_800mf-ad17e45c.pth
    regnet_x_1_6gf regnet_x_1_6gf-e3633e7f.pth
    regnet_x_3_2gf regnet_x_3_2gf-f342aeae.pth
    regnet_x_8gf regnet_x_8gf-03ceed89.pth
    regnet_x_16gf regnet_x_16gf-2007eb11.pth
    regnet_x_32gf regnet_x_32gf-9d47f8d0.pth
    resnet18 resnet18-f37072fd.pth
    resnet34 resnet34-b627a593.pth
    resnet50 resnet50-0676ba61.pth
    resnet101 resnet101-63fe2227.pth
    resnet152 resnet152-394f9c45.pth
    resnext50_32x4d resnext50_32x4d-7cdf4587.pth
    resnext101_32x8d resnext101_32x8d-8ba56ff5.pth
    wide_resnet50_2 wide_resnet50_2-95faca4d.pth
    wide_resnet101_2 wide_resnet101_2-32ee1156.pth
    shufflenetv2_x0.5 shufflenetv2_x0.5-f707e7126e.pth
    shufflenetv2_x1.0 shufflenetv2_x1-5666bf0f80.pth
    squeezenet1_0 squeezenet1_0-b66bff10.pth
    squeezenet1_1 squeezenet1_1-b8a52dc0.pth
    vgg11 vgg11-8a719046.pth
    vgg13 vgg13-19584684.pth
    vgg16 vgg16-397923af.pth
    vgg19 vgg19-dcbb9e9d.pth
    vgg11_bn vgg11_bn-6002323d.pth
    vgg13_bn vgg13_bn-abd245e5.pth
    vgg16_bn vgg16_bn-6c64b313.pth
    vgg19_bn vgg19_bn-c79401a0.pth
    alexnet.default alexnet-owt-7be5be79.pth
    alexnet.imagenet1k_v1 alexnet-owt-7be5be79.pth
    convnext_base.default convnext_base-6075fbad.pth
    convnext_base.imagenet1k_v1 convnext_base-6075fbad.pth
    convnext_large.default convnext_large-ea097f82.pth
    convnext_large.imagenet1k_v1 convnext_large-ea097f82.pth
    convnext_small.default convnext_small-0c510722.pth
    convnext_small.imagenet1k_v1 convnext_small-0c510722.pth
    convnext_tiny.default convnext_tiny-983f1562.pth
    convnext_tiny.imagenet1k_v1 convnext_tiny-983f1562.pth
    densenet121.default densenet121-a639ec97.pth
    densenet121.imagenet1k_v1 densenet121-a639ec97.pth
    densenet161.default densenet161-8d451a50.pth
    densenet161.imagenet1k_v1 densenet161-8d451a50.pth
    densenet169.default densenet169-b2777c0a.pth
    densenet169.imagenet1k_v1 densenet169-b2777c0a.pth
    densenet201.default densenet201-c1103571.pth
    densenet201.imagenet1k_v1 densenet201-c1103571.pth
    efficientnet_b0.default efficientnet_b0_rwightman-7f5810bc.pth
    efficientnet_b0.imagenet1k_v1 efficientnet_b0_rwightman-7f5810bc.pth
    efficientnet_b1.default efficientnet_b1-c27df63c.pth
    efficientnet_b1.imagenet1k_v1 efficientnet_b1_rwightman-bac287d4.pth
    efficientnet_b1.imagenet1k_v2 efficientnet_b1-c27df63c.pth
    efficientnet_b2.default efficientnet_b2_rwightman-c35c1473.pth
    efficientnet_b2.imagenet1k_v1 efficientnet_b2_rwightman-c35c1473.pth
    efficientnet_b3.default efficientnet_b3_rwightman-b3899882.pth
    efficientnet_b3.imagenet1k_v1 efficientnet_b3_rwightman-b3899882.pth
    efficientnet_b4.default efficientnet_b4_rwightman-23ab8bcd.pth
    efficientnet_b4.imagenet1k_v1 efficientnet_b4_rwightman-23ab8bcd.pth
    efficientnet_b5.default efficientnet_b5_lukemelas-1a07897c.pth
    efficientnet_b5.imagenet1k_v1 efficientnet_b5_lukemelas-1a07897c.pth
    efficientnet_b6.default efficientnet_b6_lukemelas-24a108a5.pth
    efficientnet_b6.imagenet1k_v1 efficientnet_b6_lukemelas-24a108a5.pth
    efficientnet_b7.default efficientnet_b7_lukemelas-c5b4e57e.pth
    efficientnet_b7.imagenet1k_v1 efficientnet_b7_lukemelas-c5b4e57e.pth
    efficientnet_v2_l.default efficientnet_v2_l-59c71312.pth
    efficientnet_v2_l.imagenet1k_v1 efficientnet_v2_l-59c71312.pth
    efficientnet_v2_m.default efficientnet_v2_m-dc08266a.pth
    efficientnet_v2_m.imagenet1k_v1 efficientnet_v2_m-dc08266a.pth
    efficientnet_v2_s.default efficientnet_v2_s-dd5fe13b.pth
    efficientnet_v2_s.imagenet1k_v1 efficientnet_v2_s-dd5fe13b.pth
    googlenet.default googlenet-1378be20.pth
    googlenet.imagenet1k_v1 googlenet-1378be20.pth
    inception_v3.default inception_v3_google-0cc3c7bd.pth
    inception_v3.imagenet1k_v1 inception_v3_google-0cc3c7bd.pth
    maxvit_t.default maxvit_t-bc5ab103.pth
    maxvit_t.imagenet1k_v1 maxvit_t-bc5ab103.pth
    mnasnet0_5.default mnasnet0.5_top1_67.823-3ffadce67e.pth
    mnasnet0_5.imagenet1k_v1 mnasnet0.5_top1_67.823-3ffadce67e.pth
    mnasnet0_75.default mnasnet0_75-7090bc5f.pth
    mnasnet0_75.imagenet1k_v1 mnasnet0_75-7090bc5f.pth
    mnasnet1_0.default mnasnet1.0_top1_73.512-f206786ef8.pth
    mnasnet1_0.imagenet1k_v1 mnasnet1.0_top1_73.512-f206786ef8.pth
    mnasnet1_3.default mnasnet1_3-a4c69d6f.pth
    mnasnet1_3.imagenet1k_v1 mnasnet1_3-a4c69d6f.pth
    mobilenet_v2.default mobilenet_v2-7ebf99e0.pth
    mobilenet_v2.imagenet1k_v1 mobilenet_v2-b0353104.pth
    mobilenet_v2.imagenet1k_v2 mobilenet_v2-7ebf99e0.pth
    mobilenet_v3_large.default mobilenet_v3_large-5c1a4163.pth
    mobilenet_v3_large.imagenet1k_v1 mobilenet_v3_large-8738ca79.pth
    mobilenet_v3_large.imagenet1k_v2 mobilenet_v3_large-5c1a4163.pth
    mobilenet_v3_small.default mobilenet_v3_small-047dcff4.pth
    mobilenet_v3_small.imagenet1k_v1 mobilenet_v3_small-047dcff4.pth
    regnet_x_16gf.default regnet_x_16gf-ba3796d7.pth
    regnet_x_16gf.imagenet1k_v1 regnet_x_16gf-2007eb11.pth
    regnet_x_16gf.imagenet1k_v2 regnet_x_16gf-ba3796d7.pth
    regnet_x_1_6gf.default regnet_x_1_6gf-a12f2b72.pth
    regnet_x_1_6gf.imagenet1k_v1 regnet_x_1_6gf-e3633e7f.pth
    regnet_x_1_6gf.imagenet1k_v2 regnet_x_1_6gf-a12f2b72.pth
    regnet_x_32gf.default regnet_x_32gf-6eb8fdc6.pth
    regnet_x_32gf.imagenet1k_v1 regnet_x_32gf-9d47f8d0.pth
    regnet_x_32gf.imagenet1k_v2 regnet_x_32gf-6eb8fdc6.pth
    regnet_x_3_2gf.default regnet_x_3_2gf-7071aa85.pth
    regnet_x_3_2gf.imagenet1k_v1 regnet_x_3_2gf-f342aeae.pth
    regnet_x_3_2gf.imagenet1k_v2 regnet_x_3_2gf-7071aa85.pth
    regnet_x_400mf.default regnet_x_400mf-62229a5f.pth
    regnet_x_400mf.imagenet1k_v1 regnet_x_400mf-adf1edd5.pth
    regnet_x_400mf.imagenet1k_v2 regnet_x_400mf-62229a5f.pth
    regnet_x_800mf.default regnet_x_800mf-94a99ebd.pth
    regnet_x_800mf.imagenet1k_v1 regnet_x_800mf-ad17e45c.pth
    regnet_x_800mf.imagenet1k_v2 regnet_x_800mf-94a99ebd.pth
    regnet_x_8gf.default regnet_x_8gf-2b70d774.pth
    regnet_x_8gf.imagenet1k_v1 regnet_x_8gf-03ceed89.pth
    regnet_x_8gf.imagenet1k_v2 regnet_x_8gf-2b70d774.pth
    regnet_y_128gf.default regnet_y_128gf_swag-c8ce3e52.pth
    regnet_y_128gf.imagenet1k_swag_e2e_v1 regnet_y_128gf_swag-c8ce3e52.pth
    regnet_y_128gf.imagenet1k_swag_linear_v1 regnet_y_128gf_lc_swag-cbe8ce12.pth
    regnet_y_16gf.default regnet_y_16gf-3e4a00f9.pth
    regnet_y_16gf.imagenet1k_v1 regnet_y_16gf-9e6ed7dd.pth
    regnet_y_16gf.imagenet1k_v2 regnet_y_16gf-3e4a00f9.pth
    regnet_y_16gf.imagenet1k_swag_e2e_v1 regnet_y_16gf_swag-43afe44d.pth
    regnet_y_16gf.imagenet1k_swag_linear_v1 regnet_y_16gf_lc_swag-f3ec0043.pth
    regnet_y_1_6gf.default regnet_y_1_6gf-0d7bc02a.pth
    regnet_y_1_6gf.imagenet1k_v1 regnet_y_1_6gf-b11a554e.pth
    regnet_y_1_6gf.imagenet1k_v2 regnet_y_1_6gf-0d7bc02a.pth
    regnet_y_32gf.default regnet_y_32gf-8db6d4b5.pth
    regnet_y_32gf.imagenet1k_v1 regnet_y_32gf-4dee3f7a.pth
    regnet_y_32gf.imagenet1k_v2 regnet_y_32gf-8db6d4b5.pth
    regnet_y_32gf.imagenet1k_swag_e2e_v1 regnet_y_32gf_swag-04fdfa75.pth
    regnet_y_32gf.imagenet1k_swag_linear_v1 regnet_y_32gf_lc_swag-e1583746.pth
    regnet_y_3_2gf.default regnet_y_3_2gf-9180c971.pth
    regnet_y_3_2gf.imagenet1k_v1 regnet_y_3_2gf-b5a9779c.pth
    regnet_y_3_2gf.imagenet1k_v2 regnet_y_3_2gf-9180c971.pth
    regnet_y_400mf.default regnet_y_400mf-e6988f5f.pth
    regnet_y_400mf.imagenet1k_v1 regnet_y_400mf-c65dace8.pth
    regnet_y_400mf.imagenet1k_v2 regnet_y_400mf-e6988f5f.pth
    regnet_y_800mf.default regnet_y_800mf-58fc7688.pth
    regnet_y_800mf.imagenet1k_v1 regnet_y_800mf-1b27b58c.pth
    regnet_y_800mf.imagenet1k_v2 regnet_y_800mf-58fc7688.pth
    regnet_y_8gf.default regnet_y_8gf-dc2b1b54.pth
    regnet_y_8gf.imagenet1k_v1 regnet_y_8gf-d0d0e4a8.pth
    regnet_y_8gf.imagenet1k_v2 regnet_y_8gf-dc2b1b54.pth
    resnet101.default resnet101-cd907fc2.pth
    resnet101.imagenet1k_v1 resnet101-63fe2227.pth
    resnet101.imagenet1k_v2 resnet101-cd907fc2.pth
    resnet152.default resnet152-f82ba261.pth
    resnet152.imagenet1k_v1 resnet152-394f9c45.pth
    resnet152.imagenet1k_v2 resnet152-f82ba261.pth
    resnet18.default resnet18-f37072fd.pth
    resnet18.imagenet1k_v1 resnet18-f37072fd.pth
    resnet34.default resnet34-b627a593.pth
    resnet34.imagenet1k_v1 resnet34-b627a593.pth
    resnet50.default resnet50-11ad3fa6.pth
    resnet50.imagenet1k_v1 resnet50-0676ba61.pth
    resnet50.imagenet1k_v2 resnet50-11ad3fa6.pth
    resnext101_32x8d.default resnext101_32x8d-110c445d.pth
    resnext101_32x8d.imagenet1k_v1 resnext101_32x8d-8ba56ff5.pth
    resnext101_32x8d.imagenet1k_v2 resnext101_32x8d-110c445d.pth
    resnext101_64x4d.default resnext101_64x4d-173b62eb.pth
    resnext101_64x4d.imagenet1k_v1 resnext101_64x4d-173b62eb.pth
    resnext50_32x4d.default resnext50_32x4d-1a0047aa.pth
    resnext50_32x4d.imagenet1k_v1 resnext50_32x4d-7cdf4587.pth
    resnext50_32x4d.imagenet1k_v2 resnext50_32x4d-1a0047aa.pth
    shufflenet_v2_x0_5.default shufflenetv2_x0.5-f707e7126e.pth
    shufflenet_v2_x0_5.imagenet1k_v1 shufflenetv2_x0.5-f707e7126e.pth
    shufflenet_v2_x1_0.default shufflenetv2_x1-5666bf0f80.pth
    shufflenet_v2_x1_0.imagenet1k_v1 shufflenetv2_x1-5666bf0f80.pth
    shufflenet_v2_x1_5.default shufflenetv2_x1_5-3c479a10.pth
    shufflenet_v2_x1_5.imagenet1k_v1 shufflenetv2_x1_5-3c479a10.pth
    shufflenet_v2_x2_0.default shufflenetv2_x2_0-8be3c8ee.pth
    shufflenet_v2_x2_0.imagenet1k_v1 shufflenetv2_x2_0-8be3c8ee.pth
    squeezenet1_0.default squeezenet1_0-b66bff10.pth
    squeezenet1_0.imagenet1k_v1 squeezenet1_0-b66bff10.pth
    squeezenet1_1.default squeezenet1_1-b8a52dc0.pth
    squeezenet1_1.imagenet1k_v1 squeezenet1_1-b8a52dc0.pth
    swin_b.default swin_b-68c6b09e.pth
    swin_b.imagenet1k_v1 swin_b-68c6b09e.pth
    swin_s.default swin_s-5e29d889.pth
    swin_s.imagenet1k_v1 swin_s-5e29d889.pth
    swin_t.default swin_t-704ceda3.pth
    swin_t.imagenet1k_v1 swin_t-704ceda3.pth
    swin_v2_b.default swin_v2_b-781e5279.pth
    swin_v2_b.imagenet1k_v1 swin_v2_b-781e5279.pth
    swin_v2_s.default swin_v2_s-637d8ceb.pth
    swin_v2_s.imagenet1k_v1 swin_v2_s-637d8ceb.pth
    swin_v2_t.default swin_v2_t-b137f0e2.pth
    swin_v2_t.imagenet1k_v1 swin_v2_t-b137f0e2.pth
    vgg11.default vgg11-8a719046.pth
    vgg11.imagenet1k_v1 vgg11-8a719046.pth
    vgg11_bn.default vgg11_bn-6002323d.pth
    vgg11_bn.imagenet1k_v1 vgg11_bn-6002323d.pth
    vgg13.default vgg13-19584684.pth
    vgg13.imagenet1k_v1 vgg13-19584684.pth
    vgg13_bn.default vgg13_bn-abd245e5.pth
    vgg13_bn.imagenet1k_v1 vgg13_bn-abd245e5.pth
    vgg16.default vgg16-397923af.pth
    vgg16.imagenet1k_v1 vgg16-397923af.pth
    vgg16.imagenet1k_features vgg16_features-amdegroot-88682ab5.pth
    vgg16_bn.default vgg16_bn-6c64b313.pth
    vgg16_bn.imagenet1k_v1 vgg16_bn-6c64b313.pth
    vgg19.default vgg19-dcbb9e9d.pth
    vgg19.imagenet1k_v1 vgg19-dcbb9e9d.pth
    vgg19_bn.default vgg19_bn-c79401a0.pth
    vgg19_bn.imagenet1k_v1 vgg19_bn-c79401a0.pth
    vit_b_16.default vit_b_16-c867db91.pth
    vit_b_16.imagenet1k_v1 vit_b_16-c867db91.pth
    vit_b_16.imagenet1k_swag_e2e_v1 vit_b_16_swag-9ac1b537.pth
    vit_b_16.imagenet1k_swag_linear_v1 vit_b_16_lc_swag-4e70ced5.pth
    vit_b_32.default vit_b_32-d86f8d99.pth
    vit_b_32.imagenet1k_v1 vit_b_32-d86f8d99.pth
    vit_h_14.default vit_h_14_swag-80465313.pth
    vit_h_14.imagenet1k_swag_e2e_v1 vit_h_14_swag-80465313.pth
    vit_h_14.imagenet1k_swag_linear_v1 vit_h_14_lc_swag-c1eb923e.pth
    vit_l_16.default vit_l_16-852ce7e3.pth
    vit_l_16.imagenet1k_v1 vit_l_16-852ce7e3.pth
    vit_l_16.imagenet1k_swag_e2e_v1 vit_l_16_swag-4f3808c9.pth
    vit_l_16.imagenet1k_swag_linear_v1 vit_l_16_lc_swag-4d563306.pth
    vit_l_32.default vit_l_32-c7638314.pth
    vit_l_32.imagenet1k_v1 vit_l_32-c7638314.pth
    wide_resnet101_2.default wide_resnet101_2-d733dc28.pth
    wide_resnet101_2.imagenet1k_v1 wide_resnet101_2-32ee1156.pth
    wide_resnet101_2.imagenet1k_v2 wide_resnet101_2-d733dc28.pth
    wide_resnet50_2.default wide_resnet50_2-9ba9bcbe.pth
    wide_resnet50_2.imagenet1k_v1 wide_resnet50_2-95faca4d.pth
    wide_resnet50_2.imagenet1k_v2 wide_resnet50_2-9ba9bcbe.pth
    """

  package static let openMMLab = """
    @https://download.openmmlab.com/pretrain/third_party/
    vgg16_caffe vgg16_caffe-292e1171.pth
    detectron/resnet50_caffe resnet50_caffe-788b5fa3.pth
    detectron2/resnet50_caffe resnet50_msra-5891d200.pth
    detectron/resnet101_caffe resnet101_caffe-3ad79236.pth
    detectron2/resnet101_caffe resnet101_msra-6cc46731.pth
    detectron2/resnext101_32x8d resnext101_32x8d-1516f1aa.pth
    resnext50_32x4d resnext50-32x4d-0ab1a123.pth
    resnext101_32x4d resnext101_32x4d-a5af3160.pth
    resnext101_64x4d resnext101_64x4d-ee2c6f71.pth
    contrib/resnet50_gn resnet50_gn_thangvubk-ad1730dd.pth
    detectron/resnet50_gn resnet50_gn-9186a21c.pth
    detectron/resnet101_gn resnet101_gn-cac0ab98.pth
    jhu/resnet50_gn_ws resnet50_gn_ws-15beedd8.pth
    jhu/resnet101_gn_ws resnet101_gn_ws-3e3c308c.pth
    jhu/resnext50_32x4d_gn_ws resnext50_32x4d_gn_ws-0d87ac85.pth
    jhu/resnext101_32x4d_gn_ws resnext101_32x4d_gn_ws-34ac1a9e.pth
    jhu/resnext50_32x4d_gn resnext50_32x4d_gn-c7e8b754.pth
    jhu/resnext101_32x4d_gn resnext101_32x4d_gn-ac3bb84e.pth
    msra/hrnetv2_w18_small hrnetv2_w18_small-b5a04e21.pth
    msra/hrnetv2_w18 hrnetv2_w18-00eb2006.pth
    msra/hrnetv2_w32 hrnetv2_w32-dc9eeb4f.pth
    msra/hrnetv2_w40 hrnetv2_w40-ed0b031c.pth
    msra/hrnetv2_w48 hrnetv2_w48-d2186c55.pth
    bninception_caffe bn_inception_caffe-ed2e8665.pth
    kin400/i3d_r50_f32s2_k400 i3d_r50_f32s2_k400-2c57e077.pth
    kin400/nl3d_r50_f32s2_k400 nl3d_r50_f32s2_k400-fa7e7caa.pth
    res2net101_v1d_26w_4s res2net101_v1d_26w_4s_mmdetv2-f0a600f9.pth
    regnetx_400mf regnetx_400mf-a5b10d96.pth
    regnetx_800mf regnetx_800mf-1f4be4c7.pth
    regnetx_1.6gf regnetx_1.6gf-5791c176.pth
    regnetx_3.2gf regnetx_3.2gf-c2599b0f.pth
    regnetx_4.0gf regnetx_4.0gf-a88f671e.pth
    regnetx_6.4gf regnetx_6.4gf-006af45d.pth
    regnetx_8.0gf regnetx_8.0gf-3c68abe7.pth
    regnetx_12gf regnetx_12gf-4c2a3350.pth
    resnet18_v1c resnet18_v1c-b5776b93.pth
    resnet50_v1c resnet50_v1c-2cccc1ad.pth
    resnet101_v1c resnet101_v1c-e67eebb6.pth
    contrib/mobilenet_v3_large mobilenet_v3_large-bc2c3fd3.pth
    contrib/mobilenet_v3_small mobilenet_v3_small-47085aa1.pth
    resnest50 resnest50_d2-7497a55b.pth
    resnest101 resnest101_d2-f3b931b2.pth
    resnest200 resnest200_d2-ca88e41f.pth
    darknet53 darknet53-a628ea1b.pth
    @https://download.openmmlab.com/mmediting/third_party/
    mmedit/vgg16 vgg_state_dict.pth
    mmedit/res34_en_nomixup model_best_resnet34_En_nomixup.pth
    mmedit/mobilenet_v2 mobilenet_v2.pth
    @https://download.openmmlab.com/mmdetection/v2.0/third_party/
    mmdet/mobilenet_v2 mobilenet_v2_batch256_imagenet-ff34753d.pth
    """

  package static let mmcls = """
    @https://download.openmmlab.com/mmclassification/v0/vgg/
    vgg11 vgg11_batch256_imagenet_20210208-4271cd6c.pth
    vgg13 vgg13_batch256_imagenet_20210208-4d1d6080.pth
    vgg16 vgg16_batch256_imagenet_20210208-db26f1a5.pth
    vgg19 vgg19_batch256_imagenet_20210208-e6920e4a.pth
    vgg11_bn vgg11_bn_batch256_imagenet_20210207-f244902c.pth
    vgg13_bn vgg13_bn_batch256_imagenet_20210207-1a8b7864.pth
    vgg16_bn vgg16_bn_batch256_imagenet_20210208-7e55cd29.pth
    vgg19_bn vgg19_bn_batch256_imagenet_20210208-da620c4f.pth
    @https://download.openmmlab.com/mmclassification/v0/resnet/
    resnet18 resnet18_8xb32_in1k_20210831-fbbb1da6.pth
    resnet34 resnet34_8xb32_in1k_20210831-f257d4e6.pth
    resnet50 resnet50_8xb32_in1k_20210831-ea4938fc.pth
    resnet101 resnet101_8xb32_in1k_20210831-539c63f8.pth
    resnet152 resnet152_8xb32_in1k_20210901-4d7582fa.pth
    resnet50_v1d resnetv1d50_b32x8_imagenet_20210531-db14775a.pth
    resnet101_v1d resnetv1d101_b32x8_imagenet_20210531-6e13bcd3.pth
    resnet152_v1d resnetv1d152_b32x8_imagenet_20210531-278cf22a.pth
    @https://download.openmmlab.com/mmclassification/v0/resnext/
    resnext50_32x4d resnext50_32x4d_b32x8_imagenet_20210429-56066e27.pth
    resnext101_32x4d resnext101_32x4d_b32x8_imagenet_20210506-e0fa3dd5.pth
    resnext101_32x8d resnext101_32x8d_b32x8_imagenet_20210506-23a247d5.pth
    resnext152_32x4d resnext152_32x4d_b32x8_imagenet_20210524-927787be.pth
    @https://download.openmmlab.com/mmclassification/v0/se-resnet/
    se-resnet50 se-resnet50_batch256_imagenet_20200804-ae206104.pth
    se-resnet101 se-resnet101_batch256_imagenet_20200804-ba5b51d4.pth
    @https://download.openmmlab.com/mmclassification/v0/resnest/
    resnest50 resnest50_imagenet_converted-1ebf0afe.pth
    resnest101 resnest101_imagenet_converted-032caa52.pth
    resnest200 resnest200_imagenet_converted-581a60f2.pth
    resnest269 resnest269_imagenet_converted-59930960.pth
    @https://download.openmmlab.com/mmclassification/v0/shufflenet_v1/
    shufflenet_v1 shufflenet_v1_batch1024_imagenet_20200804-5d6cec73.pth
    @https://download.openmmlab.com/mmclassification/v0/shufflenet_v2/
    shufflenet_v2 shufflenet_v2_batch1024_imagenet_20200812-5bf4721e.pth
    @https://download.openmmlab.com/mmclassification/v0/mobilenet_v2/
    mobilenet_v2 mobilenet_v2_batch256_imagenet_20200708-3b2dc3af.pth
    @https://download.openmmlab.com/mmclassification/v0/mobilenet_v3/convert/
    mobilenet_v3_small mobilenet_v3_small-8427ecf0.pth
    mobilenet_v3_large mobilenet_v3_large-3ea3c186.pth
    @https://download.openmmlab.com/mmclassification/v0/repvgg/
    repvgg_A0 repvgg-A0_3rdparty_4xb64-coslr-120e_in1k_20210909-883ab98c.pth
    repvgg_A1 repvgg-A1_3rdparty_4xb64-coslr-120e_in1k_20210909-24003a24.pth
    repvgg_A2 repvgg-A2_3rdparty_4xb64-coslr-120e_in1k_20210909-97d7695a.pth
    repvgg_B0 repvgg-B0_3rdparty_4xb64-coslr-120e_in1k_20210909-446375f4.pth
    repvgg_B1 repvgg-B1_3rdparty_4xb64-coslr-120e_in1k_20210909-750cdf67.pth
    repvgg_B1g2 repvgg-B1g2_3rdparty_4xb64-coslr-120e_in1k_20210909-344f6422.pth
    repvgg_B1g4 repvgg-B1g4_3rdparty_4xb64-coslr-120e_in1k_20210909-d4c1a642.pth
    repvgg_B2 repvgg-B2_3rdparty_4xb64-coslr-120e_in1k_20210909-bd6b937c.pth
    repvgg_B2g4 repvgg-B2g4_3rdparty_4xb64-autoaug-lbs-mixup-coslr-200e_in1k_20210909-7b7955f0.pth
    repvgg_B3 repvgg-B3_3rdparty_4xb64-autoaug-lbs-mixup-coslr-200e_in1k_20210909-dda968bf.pth
    repvgg_B3g4 repvgg-B3g4_3rdparty_4xb64-autoaug-lbs-mixup-coslr-200e_in1k_20210909-4e54846a.pth
    repvgg_D2se repvgg-D2se_3rdparty_4xb64-autoaug-lbs-mixup-coslr-200e_in1k_20210909-cf3139b7.pth
    @https://download.openmmlab.com/mmclassification/v0/res2net/
    res2net101_w26 res2net101-w26-s4_3rdparty_8xb32_in1k_20210927-870b6c36.pth
    res2net50_w14 res2net50-w14-s8_3rdparty_8xb32_in1k_20210927-bc967bf1.pth
    res2net50_w26 res2net50-w26-s8_3rdparty_8xb32_in1k_20210927-f547a94b.pth
    @https://download.openmmlab.com/mmclassification/v0/swin-transformer/
    swin_tiny swin_tiny_224_b16x64_300e_imagenet_20210616_090925-66df6be6.pth
    swin_small swin_small_224_b16x64_300e_imagenet_20210615_110219-7f9d988b.pth
    @https://download.openmmlab.com/mmclassification/v0/swin-transformer/convert/
    swin_base swin_base_patch4_window7_224_22kto1k-f967f799.pth
    swin_large swin_large_patch4_window7_224_22kto1k-5f0996db.pth
    @https://download.openmmlab.com/mmclassification/v0/t2t-vit/
    t2t_vit_t_14 t2t-vit-t-14_3rdparty_8xb64_in1k_20210928-b7c09b62.pth
    t2t_vit_t_19 t2t-vit-t-19_3rdparty_8xb64_in1k_20210928-7f1478d5.pth
    t2t_vit_t_24 t2t-vit-t-24_3rdparty_8xb64_in1k_20210928-fe95a61b.pth
    @https://download.openmmlab.com/mmclassification/v0/tnt/
    tnt_small tnt-small-p16_3rdparty_in1k_20210903-c56ee7df.pth
    @https://download.openmmlab.com/mmclassification/v0/vit/finetune/
    vit_base_p16 vit-base-p16_in21k-pre-3rdparty_ft-64xb64_in1k-384_20210928-98e8652b.pth
    vit_base_p32 vit-base-p32_in21k-pre-3rdparty_ft-64xb64_in1k-384_20210928-9cea8599.pth
    vit_large_p16 vit-large-p16_in21k-pre-3rdparty_ft-64xb64_in1k-384_20210928-b20ba619.pth
    """

  /// Old names of OpenMMLab's, with the ones that took their place.
  package static let renamed = [
    "resnet50_caffe": "detectron/resnet50_caffe",
    "resnet50_caffe_bgr": "detectron2/resnet50_caffe_bgr",
    "resnet101_caffe": "detectron/resnet101_caffe",
    "resnet101_caffe_bgr": "detectron2/resnet101_caffe_bgr",
  ]
}
