/// The operators that TorchScript and exported programs may use, by namespace: those of PyTorch
/// 2.15 and torchvision that compute and do nothing else (written by
/// `Fixtures/generate/operators.py`). A name includes the operator that works in place.
enum TorchOperators {
  static let names: [String: String] = [
    "_quantized": """
    _wrapped_linear_prepack _wrapped_quantized_linear_prepacked add conv2d conv2d_prepack
    conv2d_relu conv3d conv3d_prepack conv3d_relu conv_transpose1d conv_transpose1d_prepack
    conv_transpose2d conv_transpose2d_prepack conv_transpose3d_prepack linear linear_dynamic
    linear_prepack linear_prepack_fp16 linear_prepack_fp16_legacy linear_prepack_legacy
    wrapped_fbgemm_linear_fp16_weight wrapped_fbgemm_pack_gemm_matrix_fp16
    wrapped_quantized_linear
    """,
    "aten": """
    Bool Complex ComplexImplicit Delete Float FloatImplicit Generator Int IntImplicit
    ScalarImplicit Size __and__ __contains__ __derive_index __getitem__ __iand__ __ilshift__
    __interpolate __ior__ __irshift__ __is__ __isnot__ __ixor__ __lshift__ __not__ __or__
    __range_length __round_to_zero_floordiv __rshift__ __upsample __upsample_bilinear
    __upsample_nearest __xor__ _adaptive_avg_pool2d _adaptive_avg_pool3d _add_batch_dim _add_relu
    _addmm_activation _aminmax _assert_async _assert_scalar _assert_tensor_metadata
    _autocast_to_full_precision _autocast_to_reduced_precision _batch_norm_impl_index
    _batch_norm_no_update _batch_norm_with_update _batch_norm_with_update_functional _cast_Byte
    _cast_Char _cast_Double _cast_Float _cast_Half _cast_Int _cast_Long _cast_Short _cdist_forward
    _cholesky_solve_helper _choose_qparams_per_tensor _chunk_cat _coalesce _coalesced
    _compute_linear_combination _conj _conj_physical _conv_depthwise2d
    _convert_indices_from_coo_to_csr _convert_indices_from_csr_to_coo _convert_weight_to_int4pack
    _convert_weight_to_int4pack_for_cpu _convolution _convolution_mode _copy_from
    _copy_from_and_resize _ctc_loss _cummax_helper _cummin_helper _debug_has_internal_overlap
    _dimI _dimV _dim_arange _dirichlet_grad _dyn_quant_matmul_4bit _dyn_quant_pack_4bit_weight
    _efficient_attention_forward _efficientzerotensor _embedding_bag _embedding_bag_forward_only
    _empty_affine_quantized _empty_per_channel_affine_quantized _euclidean_dist
    _fake_quantize_learnable_per_channel_affine _fake_quantize_learnable_per_tensor_affine
    _fake_quantize_per_tensor_affine_cachemask_tensor_qparams _fft_c2c _fft_c2r _fft_r2c
    _fill_mem_eff_dropout_mask _flash_attention_forward
    _flash_attention_forward_no_dropout_inplace _functional_assert_async _functional_assert_scalar
    _functional_sym_constrain_range _functional_sym_constrain_range_for_size _fw_primal
    _get_cpu_capability _get_tracing_state _grad_sum_to_size _grid_sampler_2d_cpu_fallback
    _grouped_mm _has_compatible_shallow_copy_type _has_same_storage_numel _histogramdd_bin_edges
    _histogramdd_from_bin_cts _histogramdd_from_bin_tensors _index_put_impl _indices _infer_size
    _int_mm _is_all_true _is_any_true _is_tracing _is_zerotensor _jagged_to_padded_dense_forward
    _linalg_check_errors _linalg_det _linalg_eigh _linalg_eigvals _linalg_slogdet _linalg_solve_ex
    _linalg_svd _list_to_tensor _local_scalar_dense _log_softmax _logcumsumexp _lu_with_info
    _make_dep_token _make_dual _make_per_channel_quantized_tensor
    _make_per_tensor_quantized_tensor _masked_scale _masked_softmax _mixed_dtypes_linear
    _mkldnn_reshape _mkldnn_transpose _native_batch_norm_legit _native_batch_norm_legit_functional
    _native_batch_norm_legit_no_training _native_multi_head_attention _ncf_unsqueeze _ncf_view
    _neg_view _nested_tensor_from_mask _nested_tensor_from_mask_left_aligned
    _new_zeros_with_same_feature_meta _nnpack_available _nnpack_spatial_convolution _nnz
    _no_grad_embedding_renorm _no_grad_fill _no_grad_normal _no_grad_uniform _no_grad_zero
    _pack_padded_sequence _pack_sequence _pad_circular _pad_enum _pad_packed_sequence
    _padded_dense_to_jagged_forward _pdist_forward _pin_memory _prelu_kernel _print
    _remove_batch_dim _reshape_alias _reshape_from_tensor _resize_output _rowwise_prune
    _safe_softmax _sample_dirichlet _saturate_weight_to_fp16 _scaled_addmm
    _scaled_dot_product_attention_math _scaled_dot_product_cudnn_attention
    _scaled_dot_product_efficient_attention _scaled_dot_product_flash_attention
    _scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_fused_attention_overrideable
    _scaled_grouped_mm _scaled_grouped_mm_v2 _scaled_mm _scaled_mm_v2 _set_item _shape_as_tensor
    _size_if_not_equal _slow_conv2d_forward _sobol_engine_draw _sobol_engine_ff
    _sobol_engine_initialize_state _sobol_engine_scramble _softmax _sparse_addmm
    _sparse_broadcast_to _sparse_bsc_tensor_unsafe _sparse_bsr_tensor_unsafe
    _sparse_compressed_tensor_unsafe _sparse_compressed_tensor_with_dims _sparse_coo_tensor_unsafe
    _sparse_coo_tensor_with_dims _sparse_coo_tensor_with_dims_and_tensors
    _sparse_csc_tensor_unsafe _sparse_csr_prod _sparse_csr_sum _sparse_csr_tensor_unsafe
    _sparse_log_softmax _sparse_mask_projection _sparse_mm _sparse_mm_reduce_impl _sparse_softmax
    _sparse_sparse_matmul _sparse_sum _spdiags _spsolve _stack _standard_gamma
    _standard_gamma_grad _tensor_to_list _to_cpu _to_dense _to_sparse _to_sparse_bsc
    _to_sparse_bsr _to_sparse_csc _to_sparse_csr _to_sparse_semi_structured
    _transform_bias_rescale_qkv _transformer_encoder_layer_fwd _trilinear
    _triton_multi_head_attention _triton_scaled_dot_attention _unique _unique2 _unpack_dual
    _unsafe_index _unsafe_index_put _unsafe_masked_index _unsafe_masked_index_put_accumulate
    _unsafe_view _unwrap_optional _upsample_bicubic2d_aa _upsample_bilinear2d_aa
    _upsample_lanczos2d_aa _upsample_nearest_exact1d _upsample_nearest_exact2d
    _upsample_nearest_exact3d _values _version _weight_int4pack_mm _weight_int4pack_mm_for_cpu
    _weight_int4pack_mm_with_scales_and_zeros _weight_int8pack_mm _weight_norm
    _weight_norm_interface _wrapped_linear_prepack _wrapped_quantized_linear_prepacked abs
    absolute acos acosh adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d
    adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d add addbmm addcdiv addcmul addmm
    addmv addr adjoint affine_grid_generator alias all allclose alpha_dropout amax amin aminmax
    angle any append arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin
    argsort argwhere as_strided as_strided_scatter as_tensor asin asinh atan atan2 atanh
    atleast_1d atleast_2d atleast_3d avg_pool1d avg_pool2d avg_pool3d baddbmm bartlett_window
    batch_norm batch_norm_elemt batch_norm_gather_stats batch_norm_gather_stats_with_counts
    batch_norm_stats batch_norm_update_stats bernoulli bilinear bin binary_cross_entropy
    binary_cross_entropy_with_logits bincount binomial bitwise_and bitwise_left_shift bitwise_not
    bitwise_or bitwise_right_shift bitwise_xor blackman_window block_diag bmm broadcast_shapes
    broadcast_tensors broadcast_to bucketize can_cast capitalize cartesian_prod cat cauchy
    ccol_indices cdist ceil celu center chain_matmul chalf channel_shuffle cholesky_inverse
    cholesky_solve choose_qparams_optimized chr chunk clamp clamp_max clamp_min clear clip clone
    coalesce col2im col_indices column_stack combinations complex concat concatenate
    confirmed_by_owner conj conj_physical constant_pad_nd contiguous conv1d conv2d conv3d
    conv_depthwise3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d convolution
    convolution_overrideable copy copy_sparse_to_sparse copysign corrcoef cos cosh
    cosine_embedding_loss cosine_similarity count count_nonzero cov cpu cross cross_entropy_loss
    crow_indices ctc_loss cuda cummax cummin cumprod cumsum cumulative_trapezoid data deg2rad
    degrees dense_dim dequantize det detach device diag diag_embed diagflat diagonal
    diagonal_scatter dict diff digamma dim dist div divide divmod dot dropout dsplit dstack einsum
    element_size elu embedding embedding_bag embedding_renorm empty empty_like empty_permuted
    empty_quantized empty_strided endswith eq equal erf erfc erfinv exp exp2 expand expand_as
    expandtabs expm1 exponential extend eye fabs factorial fake_quantize_per_channel_affine
    fake_quantize_per_channel_affine_cachemask fake_quantize_per_tensor_affine
    fake_quantize_per_tensor_affine_cachemask fbgemm_linear_fp16_weight
    fbgemm_linear_fp16_weight_fp32_activation fbgemm_linear_int8_weight
    fbgemm_linear_int8_weight_fp32_activation fbgemm_linear_quantize_weight
    fbgemm_pack_gemm_matrix_fp16 fbgemm_pack_quantized_matrix feature_alpha_dropout
    feature_dropout fft_fft fft_fft2 fft_fftfreq fft_fftn fft_fftshift fft_hfft fft_hfft2
    fft_hfftn fft_ifft fft_ifft2 fft_ifftn fft_ifftshift fft_ihfft fft_ihfft2 fft_ihfftn fft_irfft
    fft_irfft2 fft_irfftn fft_rfft fft_rfft2 fft_rfftfreq fft_rfftn fill fill_diagonal find fix
    flatten flatten_dense_tensors flip fliplr flipud float_power floor floor_divide floordiv fmax
    fmin fmod format frac fractional_max_pool2d fractional_max_pool3d frexp frobenius_norm full
    full_like fused_moving_avg_obs_fake_quant gamma gather gcd ge gelu geometric geqrf ger get
    get_autocast_dtype get_device glu glu_jvp grad gradient greater greater_equal grid_sampler
    grid_sampler_2d grid_sampler_3d group_norm gru gru_cell gt hamming_window hann_window
    hardshrink hardsigmoid hardswish hardtanh has_torch_function hash hash_tensor heaviside hex
    hinge_embedding_loss histc histogram histogramdd hsplit hspmm hstack huber_loss hypot i0
    igamma igammac im2col imag index index_add index_fill index_put index_reduce index_select
    indices initial_seed inner insert instance_norm int_repr inverse is_autocast_cpu_enabled
    is_autocast_enabled is_coalesced is_complex is_conj is_contiguous is_distributed
    is_floating_point is_grad_enabled is_inference is_leaf is_neg is_non_overlapping_and_dense
    is_nonzero is_owner is_pinned is_same_size is_scripting is_set_to is_signed
    is_strides_like_format is_vulkan_available isalnum isalpha isclose isdecimal isdigit isfinite
    isidentifier isin isinf islower isnan isneginf isnumeric isposinf isprintable isreal isspace
    istft istitle isupper item items join kaiser_window keys kl_div kron kthvalue l1_loss
    layer_norm lcm ldexp le leaky_relu len lerp less less_equal lgamma lift lift_fresh
    linalg__powsum linalg_cholesky linalg_cholesky_ex linalg_cond linalg_cross linalg_det
    linalg_diagonal linalg_eig linalg_eigh linalg_eigvals linalg_eigvalsh
    linalg_householder_product linalg_inv linalg_inv_ex linalg_ldl_factor linalg_ldl_factor_ex
    linalg_ldl_solve linalg_lstsq linalg_lu linalg_lu_factor linalg_lu_factor_ex linalg_lu_solve
    linalg_matmul linalg_matrix_exp linalg_matrix_norm linalg_matrix_power linalg_matrix_rank
    linalg_matrix_sqrth linalg_multi_dot linalg_norm linalg_pinv linalg_polar linalg_qr
    linalg_slogdet linalg_solve linalg_solve_ex linalg_solve_triangular linalg_svd linalg_svdvals
    linalg_tensorinv linalg_tensorsolve linalg_vander linalg_vecdot linalg_vector_norm linear
    linspace list ljust local_value log log10 log1p log2 log_normal log_sigmoid
    log_sigmoid_forward log_softmax logaddexp logaddexp2 logcumsumexp logdet logical_and
    logical_not logical_or logical_xor logit logspace logsumexp lower lstm lstm_cell lstrip lt
    lu_solve lu_unpack mH mT manual_seed margin_ranking_loss masked_fill masked_scatter
    masked_select mathremainder matmul matrix_H matrix_exp matrix_power max max_pool1d
    max_pool1d_with_indices max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices
    max_unpool2d max_unpool3d maximum mean median meshgrid min minimum mish
    mkldnn_adaptive_avg_pool2d mkldnn_convolution mkldnn_linear mkldnn_max_pool2d
    mkldnn_max_pool3d mkldnn_reorder_conv2d_weight mkldnn_reorder_conv3d_weight mkldnn_rnn_layer
    mm mode modf moveaxis movedim mse_loss msort mul multi_margin_loss multilabel_margin_loss
    multilabel_margin_loss_forward multinomial multiply mv mvlgamma nan_to_num nanmean nanmedian
    nanquantile nansum narrow native_batch_norm native_channel_shuffle native_dropout
    native_group_norm native_layer_norm native_norm ne neg negative nested_to_padded_tensor
    new_empty new_empty_strided new_full new_ones new_zeros nextafter nll_loss nll_loss2d
    nll_loss2d_forward nll_loss_forward nll_loss_nd nonzero nonzero_numpy nonzero_static norm
    norm_except_dim normal normal_functional not_equal nuclear_norm numel numpy_T oct one_hot ones
    ones_like ord orgqr ormqr outer output_nr owner owner_name pad pad_sequence pairwise_distance
    partition pdist percentFormat permute pin_memory pinverse pixel_shuffle pixel_unshuffle
    poisson poisson_nll_loss polar polygamma pop popitem positive pow prelu prod promote_types put
    q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qscheme
    quantile quantize_per_channel quantize_per_tensor quantize_per_tensor_dynamic
    quantized_batch_norm quantized_gru quantized_gru_cell quantized_lstm quantized_lstm_cell
    quantized_max_pool1d quantized_max_pool2d quantized_max_pool3d quantized_rnn_relu_cell
    quantized_rnn_tanh_cell rad2deg radians rand rand_like randint randint_like randn randn_like
    random randperm range ravel real reciprocal record_stream reflection_pad1d reflection_pad2d
    reflection_pad3d relu relu6 remainder remove renorm repeat repeat_interleave replace
    replication_pad1d replication_pad2d replication_pad3d requires_grad reshape reshape_as resize
    resize_as resize_as_sparse resolve_conj resolve_neg result_type retain_grad retains_grad
    reverse rfind rindex rjust rms_norm rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell roll rot90
    round row_indices row_stack rpartition rrelu rrelu_with_noise rrelu_with_noise_functional
    rsplit rsqrt rstrip rsub scalar_tensor scaled_dot_product_attention scatter scatter_add
    scatter_reduce searchsorted seed segment_reduce select select_scatter selu set
    set_grad_enabled setdefault sgn shallow_copy_data sigmoid sign signbit silu sin sinc sinh size
    slice slice_inverse slice_scatter slogdet slow_conv3d slow_conv3d_forward slow_conv_dilated2d
    slow_conv_dilated3d slow_conv_transpose2d slow_conv_transpose3d smm smooth_l1_loss
    soft_margin_loss softmax softplus softshrink sort sorted sparse_bsc_tensor sparse_bsr_tensor
    sparse_compressed_tensor sparse_coo_tensor sparse_csc_tensor sparse_csr_tensor sparse_dim
    sparse_mask sparse_resize sparse_resize_and_clear sparse_sampled_addmm special_airy_ai
    special_bessel_j0 special_bessel_j1 special_bessel_y0 special_bessel_y1
    special_chebyshev_polynomial_t special_chebyshev_polynomial_u special_chebyshev_polynomial_v
    special_chebyshev_polynomial_w special_digamma special_entr special_erf special_erfc
    special_erfcx special_erfinv special_exp2 special_expit special_expm1 special_gammainc
    special_gammaincc special_gammaln special_hermite_polynomial_h special_hermite_polynomial_he
    special_i0 special_i0e special_i1 special_i1e special_laguerre_polynomial_l
    special_legendre_polynomial_p special_log1p special_log_ndtr special_log_softmax special_logit
    special_logsumexp special_modified_bessel_i0 special_modified_bessel_i1
    special_modified_bessel_k0 special_modified_bessel_k1 special_multigammaln special_ndtr
    special_ndtri special_polygamma special_psi special_round special_scaled_modified_bessel_k0
    special_scaled_modified_bessel_k1 special_shifted_chebyshev_polynomial_t
    special_shifted_chebyshev_polynomial_u special_shifted_chebyshev_polynomial_v
    special_shifted_chebyshev_polynomial_w special_sinc special_softmax
    special_spherical_bessel_j0 special_xlog1py special_xlogy special_zeta split split_with_sizes
    splitlines sqrt square squeeze sspaddmm stack startswith std std_mean stft storage_offset str
    stride strip sub subtract sum sum_to_size svd swapaxes swapcase swapdims sym_constrain_range
    sym_constrain_range_for_size sym_is_contiguous sym_numel sym_size sym_storage_offset
    sym_stride t take take_along_dim tan tanh tensor tensor_split tensordot thnn_conv2d threshold
    tile title to to_dense to_here to_mkldnn to_padded_tensor to_sparse to_sparse_bsc
    to_sparse_bsr to_sparse_csc to_sparse_csr topk trace transpose trapezoid trapz
    triangular_solve tril tril_indices triplet_margin_loss triu triu_indices true_divide trunc
    type_as unbind unflatten unflatten_dense_tensors unfold uniform unique_consecutive unique_dim
    unique_dim_consecutive unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze update
    upper upsample_bicubic2d upsample_bilinear2d upsample_linear1d upsample_nearest1d
    upsample_nearest2d upsample_nearest3d upsample_trilinear3d values vander var var_mean vdot
    view view_as view_as_complex view_as_real vsplit vstack wait warn where xlogy zero zeros
    zeros_like zfill
    """,
    "mkldnn_prepacked": """
    conv2d_prepack conv2d_run
    """,
    "onnx": """
    Reshape Shape
    """,
    "prepacked": """
    conv2d_clamp_prepack conv2d_clamp_run conv2d_transpose_clamp_prepack
    conv2d_transpose_clamp_run linear_clamp_prepack linear_clamp_run
    """,
    "prim": """
    AutogradAdd AutogradAllNonZero AutogradAllZero AutogradAnyNonZero AutogradZero BroadcastSizes
    ConstantChunk EnumName EnumValue ModuleContainerIndex NumToTensor Print RaiseException
    StringIndex TupleIndex TupleUnpack Uninitialized abs data device dtype grad id index is_cpu
    is_cuda is_meta is_mkldnn is_mps is_nested is_quantized is_sparse is_sparse_csr is_vulkan
    is_xla is_xpu itemsize layout max min name nbytes rangelist requires_grad tolist type
    unchecked_cast unchecked_unwrap_optional
    """,
    "quantized": """
    add add_out add_relu add_relu_out add_scalar add_scalar_out add_scalar_relu
    add_scalar_relu_out batch_norm batch_norm1d batch_norm1d_relu batch_norm2d batch_norm2d_relu
    batch_norm3d batch_norm3d_relu batch_norm_relu cat cat_out cat_relu cat_relu_out celu clamp
    conv1d conv1d_dynamic conv1d_prepack conv1d_relu conv1d_unpack conv2d conv2d_add
    conv2d_add_relu conv2d_dilation conv2d_dynamic conv2d_groups conv2d_output_padding
    conv2d_padding conv2d_prepack conv2d_relu conv2d_stride conv2d_transpose conv2d_unpack
    conv2d_unpack_sizes conv3d conv3d_dilation conv3d_dynamic conv3d_groups conv3d_output_padding
    conv3d_padding conv3d_prepack conv3d_relu conv3d_stride conv3d_transpose conv3d_unpack
    conv_prepack conv_transpose1d conv_transpose1d_dynamic conv_transpose1d_prepack
    conv_transpose1d_unpack conv_transpose2d conv_transpose2d_dilation conv_transpose2d_dynamic
    conv_transpose2d_groups conv_transpose2d_output_padding conv_transpose2d_padding
    conv_transpose2d_prepack conv_transpose2d_stride conv_transpose2d_transpose
    conv_transpose2d_unpack conv_transpose3d conv_transpose3d_dilation conv_transpose3d_dynamic
    conv_transpose3d_groups conv_transpose3d_output_padding conv_transpose3d_padding
    conv_transpose3d_prepack conv_transpose3d_stride conv_transpose3d_transpose
    conv_transpose3d_unpack conv_unpack dropout elu embedding_4bit embedding_bag_2bit_prepack
    embedding_bag_2bit_prepack_with_rowwise_min_max embedding_bag_2bit_rowwise_offsets
    embedding_bag_2bit_unpack embedding_bag_4bit embedding_bag_4bit_prepack
    embedding_bag_4bit_prepack_with_rowwise_min_max embedding_bag_4bit_rowwise_offsets
    embedding_bag_4bit_unpack embedding_bag_byte embedding_bag_byte_prepack
    embedding_bag_byte_prepack_with_rowwise_min_max embedding_bag_byte_rowwise_offsets
    embedding_bag_byte_unpack embedding_bag_prepack embedding_bag_unpack embedding_byte group_norm
    hardswish instance_norm int4mm_packed_weight_cpu layer_norm leaky_relu linear linear_dynamic
    linear_dynamic_fp16 linear_dynamic_fp16_unpacked_weight linear_leaky_relu linear_prepack
    linear_prepack_fp16 linear_prepack_fp16_legacy linear_prepack_legacy linear_relu
    linear_relu_dynamic linear_relu_dynamic_fp16 linear_tanh linear_unpack linear_unpack_fp16
    linear_with_input_q_dq_qweight_dq_output_fp32
    linear_with_input_q_dq_qweight_dq_relu_output_fp32 make_quantized_cell_params
    make_quantized_cell_params_dynamic make_quantized_cell_params_fp16 matmul max_pool1d
    max_pool2d mul mul_out mul_relu mul_relu_out mul_scalar mul_scalar_out mul_scalar_relu
    mul_scalar_relu_out prelu quantized_gru_cell_dynamic quantized_lstm_cell_dynamic
    quantized_rnn_relu_cell_dynamic quantized_rnn_tanh_cell_dynamic relu6 sigmoid softmax
    threshold
    """,
    "sparse": """
    qlinear qlinear_dynamic qlinear_prepack qlinear_relu qlinear_relu_dynamic qlinear_unpack
    """,
    "torchvision": """
    _cuda_version box_iou_rotated deform_conv2d nms ps_roi_align ps_roi_pool roi_align roi_pool
    """,
  ]
}
