"""Attributes of a network that cannot be set, since nothing would come of it."""

from __future__ import annotations

from glassnet_names.nearest import did_you_mean

# What is set otherwise, in the words of messages.
_INSTEAD = {
    "layers": "make a new network: gn.Network([…])",
    "sequence": "make a new network: gn.Network([…])",
    "dtype": "copy the network: net.copy('float64'), or build it: net.build(shape, dtype='float64')",
    "input_shape": "build the network: net.build(input_shape)",
    "output_shape": "change the last layer of a new network: gn.Network([…])",
    "shapes": "build the network: net.build(input_shape)",
    "layout": "make a new network: gn.Network([…])",
    "parameter_views": "assign to the parameters: net.parameters['0.weights'] = …",
    "gradient_views": "assign to the gradients: net.gradients = …",
    "counts": "build the network anew, which begins the random streams again: net.build(shape)",
    "history": "keep what fit() returns",
    "is_built": "build the network: net.build(input_shape)",
    "integer_input": "that follows from the first layer",
    "trainable": "freeze layers by their option: 'dense(8, trainable=False)'",
    "lr": "give the optimizer a step size: fit(optimizer='adam(lr=0.01)')",
    "optimizer": "give it to fit: fit(optimizer=…)",
    "loss": "give it to fit: fit(loss=…)",
    "metrics": "give them to fit: fit(metrics=[…])",
    "weights": "assign to the parameters: net.parameters['0.weights'] = …",
}


def fixed_attribute(name: str, exists: bool) -> str:
    """Return why an attribute of a network cannot be set, and what to do instead.

    Parameters
    ----------
    name
        The attribute.
    exists
        Whether networks have it.
    """
    if name in _INSTEAD:
        return f"the {name} of a network cannot be set; {_INSTEAD[name]}"
    if exists:
        return f"the {name} of a network cannot be set; it follows from the layers: make a new network"
    near = did_you_mean(name, ("parameters", "flat_parameters", "state", "gradients", "evaluation_config"))
    return f"a network has no attribute {name!r}{near}; nothing would come of setting it"
