"""The plain step of the torch form: the rule itself, called with each parameter's tensors."""

from gdlib.clip import by_global_norm


def torch_step(rule):
    """The step of an optimizer that runs ``rule``; see ``gdlib.forms.pytorch.IMPLEMENTATIONS``."""

    def step(batches, max_norm, nonfinite):
        norm = None
        if max_norm is not None:
            names = [name for batch in batches for name in batch.names]
            gradients = [g for batch in batches for g in batch.gradients]
            clipped = by_global_norm(
                dict(zip(names, gradients, strict=True)), max_norm=max_norm, nonfinite=nonfinite
            )
            norm = clipped.norm
            if clipped.skipped:
                return norm
            left = iter(clipped.gradients.values())
        for batch in batches:
            for i, (p, g) in enumerate(zip(batch.parameters, batch.gradients, strict=True)):
                old = {field: tensors[i] for field, tensors in batch.arrays.items()}
                state = rule.State(**old, **batch.scalars)
                x, new = rule.step(p, g if norm is None else next(left), state, **batch.hyper)
                p.copy_(x)
                for field, tensor in old.items():
                    tensor.copy_(getattr(new, field))
            batch.advance({field: getattr(new, field) for field in batch.scalars})
        return norm

    return step
