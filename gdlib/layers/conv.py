"""Convolutional layers: the same filters at every place of an image, or of a sequence."""

from gdlib.autograd.convolution import conv1d, conv2d, pair
from gdlib.initializer import torch_default, zeros
from gdlib.layers.layer import Layer


class Conv2d(Layer):
    """y = W ∗ x + b, for images x of shape (N, C_in, H, W); torch's nn.Conv2d.

    The formula and the shape of the result are those of ``conv2d``: a cross-correlation, as in all
    frameworks; the filter is not turned round. The weight is (C_out, C_in / groups, kh, kw).
    Arguments: in_channels, out_channels; kernel_size, a whole number or a pair; stride, padding
    (also "same" and "valid"), dilation and groups as for ``conv2d``; weight and bias, initializers,
    as for ``Linear``: U(±1/√fan_in), PyTorch's, and 0. With bias=None there is no bias, as where
    batch norm follows, which takes any bias away. Keras' images are (N, H, W, C), its start is
    Glorot's. Raises ValueError for channels that groups does not divide and for wrong sizes.
    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document
    Recognition", Proceedings of the IEEE 86(11), 1998.
    """

    convolve = staticmethod(conv2d)

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        weight=torch_default,
        bias=zeros,
    ):
        super().__init__()
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"groups must divide the channels, got {in_channels} in, {out_channels} out and "
                f"groups={groups}"
            )
        if bias is True or bias is False:
            raise TypeError("bias is an initializer, such as zeros, or None for no bias")
        window = self.window(kernel_size)
        self.declare("weight", (out_channels, in_channels // groups, *window), weight)
        if bias is None:
            self.bias = None
        else:
            self.declare("bias", (out_channels,), bias)
        self.options = (stride, padding, dilation, groups)

    def window(self, kernel_size):
        """The shape of a filter without its channels."""
        return pair("kernel_size", kernel_size)

    def forward(self, x):
        return self.convolve(x, self.weight, self.bias, *self.options)


class Conv1d(Conv2d):
    """y = W ∗ x + b, for sequences x of shape (N, C_in, L); torch's nn.Conv1d.

    The weight is (C_out, C_in / groups, k), the arguments are those of ``Conv2d``, whole numbers
    instead of pairs. Sequences of shape (N, T, C), as embeddings give them, go in as
    np.swapaxes(x, 1, 2).
    """

    convolve = staticmethod(conv1d)

    def window(self, kernel_size):
        return pair("kernel_size", (1, kernel_size))[1:]
