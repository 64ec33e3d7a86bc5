"""Clipping the .grad of torch parameters where it is."""

from gdlib.clip.parts import is_array


def in_place(method, parameters, **options):
    """Clip with one of the functions of this package and write into ``.grad``, as torch does.

        loss.backward()
        clipped = clip.in_place(clip.by_global_norm, net.named_parameters(), max_norm=1.0)
        if not clipped.skipped:
            optimizer.step()

    Arguments: method, such as ``by_value``; parameters, torch parameters or (name, parameter)
    pairs, those without a gradient left out; options, of the method. With gradients scaled for
    mixed precision, first ``scaler.unscale_(optimizer)``.
    Returns the method's Clipped; its gradients are a dict from names to the ``.grad``. Where it
    skips or raises they stay as they were. Raises ValueError where no parameter has a gradient.
    """
    items = [parameters] if is_array(parameters) else list(parameters)
    pairs = [x if isinstance(x, tuple) else (str(i), x) for i, x in enumerate(items)]
    weights = {name: p.detach() for name, p in pairs if p.grad is not None}
    gradients = {name: p.grad for name, p in pairs if p.grad is not None}
    if not gradients:
        raise ValueError("no parameter has a gradient; call loss.backward() first")
    clipped = method(gradients, weights, **options)
    if clipped.skipped:
        return clipped
    for name, g in gradients.items():
        g.detach().copy_(clipped.gradients[name])
    return clipped._replace(gradients=gradients)
