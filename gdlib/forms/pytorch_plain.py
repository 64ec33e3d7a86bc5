"""The plain step of the torch form: the rule itself, called with each parameter's tensors."""

from gdlib.clip import by_global_norm


def torch_step(rule):
    """The step of an optimizer that runs ``rule``; see ``gdlib.forms.pytorch.IMPLEMENTATIONS``."""

    def step(batches, max_norm, nonfinite):
        norm, clipped = None, {}
        if max_norm is not None:
            pairs = [
                pair for batch in batches for pair in zip(batch.names, batch.gradients, strict=True)
            ]
            result = by_global_norm(
                {name: g for name, g in pairs if g.numel()}, max_norm=max_norm, nonfinite=nonfinite
            )
            norm = result.norm
            if result.skipped:
                return norm
            clipped = result.gradients
        for batch in batches:
            for i, (name, p) in enumerate(zip(batch.names, batch.parameters, strict=True)):
                old = {field: tensors[i] for field, tensors in batch.arrays.items()}
                state = rule.State(**old, **batch.scalars)
                g = clipped.get(name, batch.gradients[i])
                x, new = rule.step(p, g, state, **batch.hyper)
                p.copy_(x)
                for field, tensor in old.items():
                    tensor.copy_(getattr(new, field))
            batch.advance({field: getattr(new, field) for field in batch.scalars})
        return norm

    return step
