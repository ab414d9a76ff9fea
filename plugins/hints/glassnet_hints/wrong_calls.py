"""What users of Keras, PyTorch and scikit-learn are likely to write, and how glassnet spells it.

The tables are the whole of this knowledge: a further wrong call is one line here.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from glassnet.errors import OptionError
from glassnet.registry.plugins import plugin_hooks
from glassnet.registry.registry import registry
from glassnet.registry.spec import Spec, snake_case
from glassnet_names.nearest import did_you_mean

_LR = "the step size is an option of the optimizer: optimizer='adam(lr=0.01)'"
_THREADS = "the environment variable GLASSNET_THREADS sets the number of threads"
_DEVICE = "glassnet computes on the processor, so leave it out"
_ONE_LOSS = "a network has one loss, so leave it out"
_STOPS = "a callback stops a run that gets no better: callbacks=['early_stopping(patience=3)']"
_DROPOUT = "it is a layer: gn.Network(['dense(8)', 'relu', 'dropout(0.5)', 'dense(1)'])"
_L2 = "write regularizer='l2(0.001)'"
_BATCH = "fit() makes batches by itself: batch_size=32"
_ESTIMATOR = "gn.Classifier('dense(100) relu') and gn.Regressor('dense(100) relu') are estimators of scikit-learn"
_SIZE_IS_FREE = "the results do not depend on the batch size, so leave it out"
_SILENT = "nothing is printed, so leave it out"
_TO_FIT = "give it to fit(): net.fit(x, y, loss='mse', optimizer='adam', metrics=['mae'])"
_CLIP = "it is a callback: callbacks=['clip_norm(1.0)']"
_MOMENTUM = "momentum is an optimizer of its own: optimizer='momentum(lr=0.01)'"
_VALIDATION = "give a fraction or data: validation=0.2, or validation=(x, y)"

_FIT = {
    "verbose": "show or hide the progress bar: progress=True, or progress=False",
    "validation_split": _VALIDATION,
    "validation_data": _VALIDATION,
    "validation_fraction": _VALIDATION,
    "val": _VALIDATION,
    "val_size": _VALIDATION,
    "val_split": _VALIDATION,
    "test_size": _VALIDATION,
    "eval_set": _VALIDATION,
    "val_data": _VALIDATION,
    "lr": _LR,
    "learning_rate": _LR,
    "learning_rate_init": _LR,
    "eta": _LR,
    "momentum": _MOMENTUM,
    "weight_decay": "it is an option of the optimizer: optimizer='adamw(weight_decay=0.01)'",
    "shuffle": "samples are shuffled in each epoch; to keep their order, give batches: net.fit([(x, y)], …)",
    "batch": "write batch_size=32",
    "batchsize": "write batch_size=32",
    "bs": "write batch_size=32",
    "n_epochs": "write epochs=10",
    "nb_epoch": "write epochs=10",
    "num_epochs": "write epochs=10",
    "max_epochs": "write epochs=10",
    "max_iter": "write epochs=10",
    "n_iter": "write epochs=10",
    "iterations": "write epochs=10",
    "steps_per_epoch": "batches say how many an epoch has: gn.Batches(source, steps_per_epoch=100)",
    "validation_steps": "batches say how many an epoch has: validation=gn.Batches(source, steps_per_epoch=100)",
    "initial_epoch": "a run is continued from its folder: resume_from='runs/first'",
    "callback": "write callbacks=['early_stopping']",
    "metric": "write metrics=['accuracy']",
    "workers": _THREADS,
    "n_jobs": _THREADS,
    "num_workers": _THREADS,
    "use_multiprocessing": _THREADS,
    "max_queue_size": "batches are not queued, so leave it out",
    "sample_weights": "write sample_weight=…",
    "weights": "write sample_weight=…",
    "class_weights": "write class_weight={0: 1.0, 1: 5.0}, or class_weight='balanced'",
    "random_state": "write seed=0",
    "random_seed": "write seed=0",
    "criterion": "write loss='mse'",
    "loss_fn": "write loss='mse'",
    "loss_function": "write loss='mse'",
    "optim": "write optimizer='adam'",
    "optimiser": "write optimizer='adam'",
    "solver": "write optimizer='adam'",
    "scheduler": "write schedule='cosine'",
    "lr_scheduler": "write schedule='cosine'",
    "lr_schedule": "write schedule='cosine'",
    "early_stopping": "it is a callback: callbacks=['early_stopping(patience=3)']",
    "early_stop": _STOPS,
    "save_best": _STOPS,
    "save_best_only": _STOPS,
    "restore_best_weights": _STOPS,
    "n_iter_no_change": _STOPS,
    "tol": "it is an option of a callback: callbacks=['early_stopping(min_delta=0.001)']",
    "min_delta": "it is an option of a callback: callbacks=['early_stopping(min_delta=0.001)']",
    "monitor": "it is an option of a callback: callbacks=['early_stopping(monitor=\"loss\")']",
    "patience": "it is an option of a callback: callbacks=['early_stopping(patience=3)']",
    **dict.fromkeys(("regularization", "penalty", "alpha", "l2", "l1"), _L2),
    "dropout": _DROPOUT,
    "hidden_layer_sizes": "list the layers: gn.Network('dense(100) relu dense(1)')",
    "augment": "it is a callback: callbacks=['augment([flip])']",
    "data_augmentation": "it is a callback: callbacks=['augment([flip])']",
    **dict.fromkeys(("loss_weights", "loss_weight"), _ONE_LOSS),
    **dict.fromkeys(
        ("gradient_accumulation_steps", "accumulate_grad_batches", "accumulation_steps"),
        "it is an optimizer around another: optimizer='accumulate(adam, steps=4)'",
    ),
    "warm_start": "fit() goes on from the present parameters, so leave it out",
    "run_eagerly": "all code is run as it is written, so leave it out",
    "drop_last": "the last batch of an epoch may be short, and each sample counts once, so leave it out",
    **dict.fromkeys(("pin_memory", "collate_fn", "dataloader", "train_loader"), f"{_BATCH}; or net.fit(batches, …)"),
    **dict.fromkeys(
        ("amp", "mixed_precision", "precision"), "glassnet computes in float32 or float64, so leave it out"
    ),
    **dict.fromkeys(("gpus", "gpu", "use_gpu", "accelerator", "devices"), _DEVICE),
    **dict.fromkeys(("name", "logger", "run_name"), "write folder='runs/first'"),
    **dict.fromkeys(("train_data", "data", "inputs"), "write x=…"),
    "clipnorm": _CLIP,
    "gradient_clip_val": _CLIP,
    "log_dir": "write folder='runs/first'",
    "save_dir": "write folder='runs/first'",
    "output_dir": "write folder='runs/first'",
    "resume": "write resume_from='runs/first'",
    "checkpoint": "write folder='runs/first' to save a run, and resume_from='runs/first' to continue it",
    "device": _DEVICE,
    "distributed": "the plugin that shares a training is switched off; take distributed out of GLASSNET_DISABLE",
    "dtype": "build the network in that precision first: net.build(input_shape, dtype='float64')",
    "X": "write x=…",
    "Y": "write y=…",
    "target": "write y=…",
    "targets": "write y=…",
    "labels": "write y=…",
}
_MEASURE = {
    "verbose": _SILENT,
    "batch_size": _SIZE_IS_FREE,
    "steps": "batches say how many there are: gn.Batches(source, steps_per_epoch=100)",
    "callbacks": "callbacks take part in fit() alone, so leave them out",
    "workers": _THREADS,
    "n_jobs": _THREADS,
    "device": _DEVICE,
    "X": "write x=…",
}
_SET_SEED = "the seed is an option of fit(seed=0) and build(input_shape, seed=0)"
_SEED = "the seed of the first values is given to build(input_shape, seed=1)"
_SHAPE = "the first fit() finds the shape of the inputs; build(input_shape) sets it before"

KEYWORDS: Mapping[str, Mapping[str, str]] = {
    "Network.fit": _FIT,
    "Network.evaluate": _MEASURE
    | {
        "return_dict": "evaluate() always returns a dictionary, so leave it out",
        "sample_weights": "write sample_weight=…",
        "metric": "write metrics=['accuracy']",
        "y_true": "write y=…",
        "Y": "write y=…",
    },
    "Network.predict": _MEASURE
    | {
        "training": "predict() never trains; net.trace(x, y, loss, training=True) shows what training computes",
        "return_proba": "the outputs of softmax and sigmoid are probabilities, so leave it out",
        "inputs": "write x=…",
    },
    "Model.build": {
        "shape": "write input_shape=(28, 28, 1)",
        "input_dim": "write input_shape=(784,)",
        "batch_size": "the shape is that of one sample, so leave it out",
        "batch_shape": "write input_shape=(28, 28, 1), that of one sample",
        "random_state": "write seed=0",
    },
    "save": {
        "overwrite": "an existing file is always replaced, so leave it out",
        "save_format": "models are written as safetensors, so leave it out",
        "format": "models are written as safetensors, so leave it out",
        "include_optimizer": "a run saves its optimizer: fit(…, folder='runs/first'), then resume_from",
    },
    "Network.__init__": {
        "input_shape": _SHAPE,
        "input_dim": _SHAPE,
        "inputs": "list the layers one after another: gn.Network(['dense(8)', 'relu', 'dense(1)'])",
        "outputs": "list the layers one after another: gn.Network(['dense(8)', 'relu', 'dense(1)'])",
        "hidden_layer_sizes": "list the layers: gn.Network('dense(100) relu dense(1)')",
        "activation": "list it as a layer: gn.Network('dense(100) relu dense(1)')",
        "name": "networks do not have names, so leave it out",
        "seed": _SEED,
        "random_state": _SEED,
        "dtype": "the precision is given to build(input_shape, dtype='float64')",
        "loss": _TO_FIT,
        "optimizer": _TO_FIT,
        "metrics": _TO_FIT,
    },
}

_ESTIMATORS = _FIT | {
    "hidden_layer_sizes": "list the layers: layers='dense(100) relu'",
    "activation": "list it as a layer: layers='dense(100) relu'",
    "learning_rate_init": "write optimizer='adam(lr=0.01)'",
}
KEYWORDS = {**KEYWORDS, **dict.fromkeys(("Classifier.__init__", "Regressor.__init__"), _ESTIMATORS)}

# Options of components by the name that another framework gives them: what they may be called here.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "activity_regularizer": ("regularizer",),
    "alpha": ("negative_slope",),
    "beta_1": ("beta1",),
    "beta_2": ("beta2",),
    "betas": ("beta1", "beta2"),
    "embedding_dim": ("units",),
    "embeddings_initializer": ("weight_init",),
    "eps": ("epsilon",),
    "gamma": ("factor",),
    "hidden_size": ("units",),
    "input_dim": ("vocabulary",),
    "kernel_constraint": ("constraint",),
    "kernel_initializer": ("weight_init",),
    "kernel_regularizer": ("regularizer",),
    "learning_rate": ("lr",),
    "kernel_size": ("size",),
    "l1": ("strength",),
    "l2": ("strength",),
    "lambda_": ("strength",),
    "mask_zero": ("padding",),
    "num_embeddings": ("vocabulary",),
    "out_channels": ("filters",),
    "out_features": ("units",),
    "output_dim": ("units",),
    "p": ("rate",),
    "padding_idx": ("padding",),
    "pool_size": ("size",),
    "rho": ("decay",),
    "stddev": ("std",),
    "step_size": ("every",),
    "strides": ("stride",),
    "vocab_size": ("vocabulary",),
    "use_bias": ("bias",),
}
_IS_MEAN = "the loss of a batch is the mean over the samples, so leave it out"
_CLASS_WEIGHT = "it is an option of fit(): class_weight='balanced'"

# Options that no component of a kind has.
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "layer": {
        **dict.fromkeys(("input_shape", "input_dim", "input_size", "in_features", "in_channels", "shape"), _SHAPE),
        "activation": "list it as a layer of its own: gn.Network('dense(8) relu')",
        "name": "layers do not have names, so leave it out",
        "dtype": "the precision is given to build(input_shape, dtype='float64')",
        "device": _DEVICE,
        **dict.fromkeys(("axis", "dim"), "features are the last axis, so leave it out"),
        "inplace": "leave it out",
        "num_layers": "list each layer: gn.Network('dense(8) dense(8)')",
        "batch_first": "samples are the first axis, so leave it out",
        "bidirectional": "a layer for both directions is not there; a layer reads the steps in their order",
        "seed": _SET_SEED,
    },
    "optimizer": {
        **dict.fromkeys(("clipnorm", "clipvalue", "max_grad_norm"), _CLIP),
        **dict.fromkeys(("momentum", "nesterov"), _MOMENTUM),
        "weight_decay": "it is an option of one optimizer: optimizer='adamw(weight_decay=0.01)'",
        "params": "fit() gives it the parameters: optimizer='adam(lr=0.01)'",
    },
    "loss": {
        **dict.fromkeys(("reduction", "reduce", "size_average"), _IS_MEAN),
        **dict.fromkeys(("weight", "class_weight", "pos_weight"), _CLASS_WEIGHT),
        "axis": "classes are the last axis, so leave it out",
        "ignore_index": "give the samples that do not count the weight 0: fit(sample_weight=…)",
    },
    "initializer": {"seed": _SET_SEED},
    "callback": {
        "verbose": _SILENT,
        "restore_best_weights": "the best epoch is always restored, so leave it out",
        "save_best_only": "another callback restores the best epoch: callbacks=['early_stopping(patience=3)']",
    },
}

# Names that no component of a kind has; without capital letters and underscores.
NAMES: Mapping[str, Mapping[str, str]] = {
    "layer": {
        **dict.fromkeys(("input", "inputlayer"), _SHAPE),
        **dict.fromkeys(("linear", "fc", "fullyconnected"), "write dense(8)"),
        **dict.fromkeys(("swish", "hardswish"), "write silu"),
        "activation": "write its name as a layer: relu",
        "lambda": "layers of your own inherit from gn.Layer, activations from gn.Activation",
    },
    "activation": {"swish": "write silu"},
    "loss": {
        **dict.fromkeys(("nll", "nllloss", "softmaxcrossentropy"), "write categorical_crossentropy"),
        **dict.fromkeys(("logloss", "logistic"), "write binary_crossentropy"),
        **dict.fromkeys(("bcewithlogits", "bcewithlogitsloss"), "write bce(from_logits=True)"),
        **dict.fromkeys(("l1", "l1loss", "absoluteerror"), "write mae"),
        **dict.fromkeys(("l2", "l2loss", "squarederror"), "write mse"),
        **dict.fromkeys(("smoothl1", "smoothl1loss"), "write huber"),
    },
    "optimizer": {
        **dict.fromkeys(("nesterov", "nag", "sgdmomentum"), "write momentum"),
        **dict.fromkeys(("gd", "gradientdescent"), "write sgd"),
    },
    "metric": {
        **dict.fromkeys(("roc", "rocauc"), "write auc"),
        **dict.fromkeys(("top5accuracy", "topkaccuracy", "topkcategoricalaccuracy"), "write top_k(5)"),
        **dict.fromkeys(("rsquared", "coefficientofdetermination"), "write r2"),
        **dict.fromkeys(
            ("mape", "meanabsolutepercentageerror"), "relative errors are not there, write mean_absolute_error"
        ),
        "balancedaccuracy": "the mean of the classes' recalls is that, write recall",
        "loss": "the loss is always recorded, so leave it out",
    },
    "callback": {
        **dict.fromkeys(("reducelronplateau", "reduceonplateau"), "it is a schedule: schedule='reduce_on_plateau'"),
        **dict.fromkeys(("lrscheduler", "learningratescheduler"), "it is a schedule: schedule='cosine'"),
        "csvlogger": "write csv_history",
    },
    "command": {
        **dict.fromkeys(("list", "ls", "components"), "write glassnet plugins"),
        **dict.fromkeys(("test", "eval", "score"), "write glassnet evaluate RUN"),
        **dict.fromkeys(("fit", "run"), "write glassnet train WHAT"),
        **dict.fromkeys(("resume", "continue"), "write glassnet train --resume RUN"),
        "help": "write glassnet --help",
        "version": "write glassnet --version",
        "init": "write glassnet new KIND NAME",
    },
    "plot": {
        **dict.fromkeys(
            ("loss", "accuracy", "history", "metrics", "learningcurve", "learningcurves", "training"), "write curves"
        ),
        "confusionmatrix": "write confusion",
        "filters": "write first_weights",
        "weights": "write first_weights",
        "mistakes": "write misclassified",
        "lrfinder": "write lr_range_test",
    },
    "regularizer": {"weightdecay": "write l2(0.001), or optimizer='adamw(weight_decay=0.01)'"},
    "initializer": {
        **dict.fromkeys(("kaimingnormal", "henormal"), "write he_normal"),
        **dict.fromkeys(("kaiming", "kaiminguniform", "heuniform"), "write he_uniform"),
        **dict.fromkeys(("xavier", "glorot"), "write glorot_uniform"),
        **dict.fromkeys(("randomnormal", "truncatednormal"), "write normal"),
        "randomuniform": "write uniform",
    },
}

# What a component is not an option of.
AS_OPTION: Mapping[str, str] = {
    "schedule": "it is an option of fit(): schedule='cosine'",
    "activation": "list it as a layer of its own: gn.Network('dense(8) relu')",
}

# What a number can mean where a component is wanted; text that has a place for the number, and text without.
AS_NUMBER: Mapping[str, tuple[str, str]] = {
    "optimizer": ("the step size is its option: optimizer='sgd(lr={})'", "name one: optimizer='adam'"),
    "schedule": ("a fixed step size is an option of the optimizer: optimizer='sgd(lr={})'", "name one: 'cosine'"),
    "regularizer": ("the strength is its option: regularizer='l2({})'", "name one: regularizer='l2(0.01)'"),
    "loss": ("", "name what to minimise: loss='mse'"),
    "metric": ("", "name them: metrics=['accuracy']"),
    "callback": ("", "name them: callbacks=['early_stopping']"),
    "layer": ("the number of units is an option of a layer: dense({})", "name one, such as dense(128) or relu"),
    "initializer": ("one value for all is an option of it: 'constant({})'", "name one: 'he_normal'"),
}

# What computes with a component, which is not called as a function.
AS_FUNCTION: Mapping[str, str] = {
    "layer": "a network runs it: gn.Network('dense(8) relu').predict(x)",
    "activation": "write gn.activations.relu().forward(x), or list it in a network: gn.Network('dense(8) relu')",
    "loss": "write gn.losses.mse().forward(y_pred, y_true), or net.evaluate(x, y, loss='mse')",
    "metric": "write net.evaluate(x, y, metrics=['accuracy'])",
    "optimizer": "fit() gives it the parameters: optimizer='adam(lr=0.01)'",
}

_PARAMETERS = "net.parameters holds the arrays by name; net.parameters['0.weights'][...] = array sets one"
_ALL_AT_ONCE = "list all layers at once: gn.Network(['dense(8)', 'relu', 'dense(1)'])"
_BATCHES = "fit() takes arrays and batches: net.fit(batches, loss='mse', optimizer='adam')"
_MODES = "fit() trains, predict() and evaluate() do not: layers such as dropout follow by themselves"
_FREEZE = "net.freeze('0') freezes a layer, and gn.Network(['dense(8, trainable=False)', 'dense(1)']) from the start"
_GRADIENTS = "net.value_and_gradients(x, y, loss) computes gradients, and net.trainer(…) is for loops of your own"
_SAVE = "net.save('model.safetensors') writes a network, and gn.load('model.safetensors') reads it"
_PRECISION = "glassnet computes on the processor; net.copy('float64') has another precision"

_NETWORK = {
    "compile": _TO_FIT,
    "optimizer": _TO_FIT,
    "loss": _TO_FIT,
    "metrics": _TO_FIT,
    "train": _MODES,
    "eval": _MODES,
    "forward": "write net.predict(x)",
    "call": "write net.predict(x)",
    "backward": _GRADIENTS,
    "zero_grad": _GRADIENTS,
    "step": _GRADIENTS,
    "state_dict": _PARAMETERS,
    "load_state_dict": "net.copy_weights(module.state_dict()) copies the weights of a PyTorch module",
    "get_weights": _PARAMETERS,
    "set_weights": _PARAMETERS,
    "weights": _PARAMETERS,
    "trainable_weights": _PARAMETERS,
    "trainable_variables": _PARAMETERS,
    "variables": _PARAMETERS,
    "named_parameters": "write net.parameters.items()",
    "coefs_": _PARAMETERS,
    "coef_": _PARAMETERS,
    "intercept_": _PARAMETERS,
    "intercepts_": _PARAMETERS,
    "score": "write net.evaluate(x, y, metrics=['accuracy'])",
    "predict_proba": "net.predict(x) gives probabilities if the last layer is softmax or sigmoid, and "
    "gn.Classifier('dense(100) relu') has predict_proba",
    "predict_classes": "write net.predict(x).argmax(axis=1)",
    "predict_log_proba": "write np.log(net.predict(x))",
    "decision_function": "write net.predict(x)",
    "transform": "write net.predict(x)",
    "fit_transform": "write net.fit(…), then net.predict(x)",
    "add": _ALL_AT_ONCE,
    "append": _ALL_AT_ONCE,
    "add_module": _ALL_AT_ONCE,
    "pop": _ALL_AT_ONCE,
    "to": _PRECISION,
    "cuda": _PRECISION,
    "cpu": _PRECISION,
    "float": _PRECISION,
    "double": _PRECISION,
    "half": _PRECISION,
    "fit_generator": _BATCHES,
    "train_on_batch": _BATCHES,
    "partial_fit": _BATCHES,
    "fit_on_batch": _BATCHES,
    "evaluate_generator": "evaluate() takes arrays and batches: net.evaluate(batches)",
    "test_on_batch": "write net.evaluate(x, y)",
    "predict_generator": "write np.concatenate([net.predict(x) for x, y in batches])",
    "predict_on_batch": "write net.predict(x)",
    "load_weights": _SAVE,
    "save_weights": _SAVE,
    "save_model": _SAVE,
    "export": _SAVE,
    "to_json": "repr(net) gives the layers as text; net.save('model.safetensors') writes the network",
    "get_config": "repr(net) gives the layers as text",
    "get_params": "repr(net) gives the layers as text, and layer.options the options of a layer",
    "set_params": "options are set when a network is made: gn.Network(['dense(8)', 'dense(1)'])",
    "count_params": "net.flat_parameters.size is the number of parameters, and net.summary() lists them",
    "num_parameters": "net.flat_parameters.size is the number of parameters, and net.summary() lists them",
    "modules": "net.layers holds the layers in their order",
    "children": "net.layers holds the layers in their order",
    "get_layer": "net.layers holds the layers in their order, and net.activations(x) returns their outputs",
    "trainable": _FREEZE,
    "requires_grad_": _FREEZE,
    "stop_training": "a callback ends a run: callbacks=['early_stopping'], or your own should_stop(self, run)",
    "input": "net.input_shape is the shape of a sample, and net.trace(x, y, loss) shows all arrays",
    "output": "net.output_shape is the shape of an output, and net.trace(x, y, loss) shows all arrays",
    "classes_": "outputs are in the order of the labels 0, 1, …; the names of classes stay with the data",
    "loss_": "fit() returns the history: history['loss'][-1]",
    "n_iter_": "write len(net.history.epochs)",
    "metrics_names": "evaluate() returns the figures by name",
    "shape": "write net.input_shape, or net.output_shape",
    "loss_curve_": "fit() returns the history: history['loss']",
    "n_features_in_": "write net.input_shape",
    "clone": "write net.copy()",
    "reset_states": "layers keep no state between batches; net.build(net.input_shape) makes the parameters anew",
    "reset_parameters": "net.build(net.input_shape, seed=0) makes the parameters anew",
    "plot": "net.trace(x, y, loss).save('net.svg') draws all operations, and net.summary() lists the layers",
    **dict.fromkeys(
        ("register_forward_hook", "register_hook"),
        "net.activations(x) returns the outputs of all layers, and a callback sees each step: on_batch_end(self, run)",
    ),
    "apply": _PARAMETERS,
    "learning_rate": _LR,
    "device": _PRECISION,
    "training": _MODES,
    "name": "networks do not have names",
    "n_layers_": "write len(net.layers)",
    "out_activation_": "write net.layers[-1]",
}
_HISTORY = {
    "history": "the history is the mapping itself: history['loss']",
    "epoch": "epochs are counted from 1: range(1, len(history.epochs) + 1)",
    "params": "the options are those that fit() was given",
    "to_frame": "write pandas.DataFrame(dict(history))",
    "loss": "write history['loss']",
    "val_loss": "write history['val_loss']",
    "accuracy": "write history['accuracy']",
    "val_accuracy": "write history['val_accuracy']",
    "losses": "write history['loss']",
}
_XY = "a split has x and y: data.train.x, data.train.y"
_SPLIT = dict.fromkeys(("data", "images", "features", "inputs", "X", "target", "targets", "labels", "Y"), _XY) | {
    "shape": "write split.x.shape",
    "numpy": "split.x and split.y are arrays already",
    "shuffle": "fit() shuffles by itself",
    "batch": "fit() makes batches by itself: batch_size=32",
    "map": "change the arrays: gn.Split(function(split.x), split.y)",
}
_DATASET = dict.fromkeys(
    ("x", "y", "X", "data", "target", "images", "labels", "x_train", "y_train", "X_train"), _XY
) | {
    "x_test": "a split has x and y: data.test.x, data.test.y",
    "y_test": "a split has x and y: data.test.x, data.test.y",
    "X_test": "a split has x and y: data.test.x, data.test.y",
    "val": "write data.validation",
    "valid": "write data.validation",
    "target_names": "write data.classes",
    "load": "the data are loaded already: data.train, data.test",
}
_LOAD = "load the data first: data = gn.datasets.mnist().load(), then data.train"
_SOURCE = dict.fromkeys(("train", "test", "validation", "classes", "x", "y", "data"), _LOAD)
_LAYER = dict.fromkeys(
    ("get_weights", "set_weights", "kernel", "weight", "variables", "trainable_weights", "state_dict"),
    "a layer holds no arrays; those of a network are in net.parameters: net.parameters['0.weights']",
) | {
    "input_shape": "the shapes of a network are in net.shapes",
    "count_params": "net.summary() lists the parameters of each layer",
    "name": "layers do not have names: net.layers holds them in their order, and repr(layer) is the spec",
    "requires_grad_": _FREEZE,
}
_NAMED_ARRAYS = dict.fromkeys(
    ("weights", "weight", "bias", "kernel"), "names say the layer too: write net.parameters['0.weights']"
)

_OPTIMIZER = dict.fromkeys(("zero_grad", "minimize", "apply_gradients"), _GRADIENTS) | {
    "param_groups": AS_FUNCTION["optimizer"],
    "learning_rate": "write optimizer.lr",
    "state_dict": "a run saves its optimizer: fit(…, folder='runs/first'), then resume_from",
}

# By the name of the class, or of one of its base classes.
ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "Network": _NETWORK,
    "History": _HISTORY,
    "Split": _SPLIT,
    "Dataset": _DATASET,
    "DataSource": _SOURCE,
    "Layer": _LAYER,
    "NamedArrays": _NAMED_ARRAYS,
    "Optimizer": _OPTIMIZER,
    "Loss": dict.fromkeys(("reduction", "size_average"), _IS_MEAN),
    "Metric": dict.fromkeys(("update_state", "compute", "reset_states", "reset_state"), AS_FUNCTION["metric"]),
}

_LIST = "list the layers: gn.Network(['dense(8)', 'relu', 'dense(1)'])"
_LABELS = "labels may be integers, and np.eye(classes)[labels] makes one-hot rows"
MODULE: Mapping[str, str] = {
    "Sequential": _LIST,
    "Model": _LIST,
    "Module": "layers of your own inherit from gn.Layer, and a network is a list of layers: gn.Network(['dense(8)'])",
    "Input": _SHAPE,
    "Linear": "write gn.layers.dense(8), or 'dense(8)' in a network",
    "models": _LIST,
    "nn": "layers are in gn.layers, activations in gn.activations and losses in gn.losses",
    "optim": "write gn.optimizers",
    "keras": "layers are in gn.layers, optimizers in gn.optimizers and losses in gn.losses",
    "functional": "activations are in gn.activations",
    "load_model": "write gn.load('model.safetensors')",
    "save": "write net.save('model.safetensors')",
    "tensor": "glassnet computes with arrays of NumPy: np.array(…)",
    "Tensor": "glassnet computes with arrays of NumPy: np.array(…)",
    "DataLoader": "fit() makes batches of arrays; gn.Batches(source) is for data that do not fit into memory",
    "TensorDataset": "write gn.Split(x, y)",
    "no_grad": "net.predict(x) computes no gradients, so leave it out",
    "manual_seed": _SET_SEED,
    "seed": _SET_SEED,
    "random": _SET_SEED,
    "set_seed": _SET_SEED,
    "set_random_seed": _SET_SEED,
    "device": _DEVICE,
    "cuda": _DEVICE,
    "to_categorical": _LABELS,
    "one_hot": _LABELS,
    "utils": _LABELS,
    "train_test_split": "a part is held out by fit(): net.fit(x, y, loss='mse', optimizer='adam', validation=0.2)",
    "compile": _TO_FIT,
    **dict.fromkeys(("MLPClassifier", "MLPRegressor", "Estimator"), _ESTIMATOR),
    **dict.fromkeys(("GridSearchCV", "cross_val_score", "cross_validate", "KFold", "Pipeline"), _ESTIMATOR),
    **dict.fromkeys(("make_pipeline", "RandomizedSearchCV"), _ESTIMATOR),
    "StandardScaler": "tables are scaled by themselves, and arrays so: (x - x.mean(axis=0)) / x.std(axis=0)",
    **dict.fromkeys(("train", "fit"), "write net.fit(x, y, loss='mse', optimizer='adam')"),
    "predict": "write net.predict(x)",
    "evaluate": "write net.evaluate(x, y)",
    "version": "write gn.__version__",
}


def unknown_option(kind: str, name: str, options: Collection[str]) -> str | None:
    """Return the advice on an option that a component of this kind does not have; None if none is known."""
    synonyms = [each for each in SYNONYMS.get(name, ()) if each in options]
    if synonyms:
        return f"; write {', '.join(f'{each}=…' for each in synonyms)}"
    hint = OPTIONS.get("layer" if kind == "activation" else kind, {}).get(name)
    return f"; {hint}" if hint else None


def unknown_component(kind: str, name: str) -> str | None:
    """Return the advice on a name that no component of this kind has; None if none is known."""
    hint = NAMES.get(kind, {}).get(name.lower().replace("_", ""))
    return f"; {hint}" if hint else None


def misplaced_value(value: Any, wanted: str) -> str | None:
    """Return where a component belongs that is given as an option of another one; None if that is not known.

    Parameters
    ----------
    value
        What was given.
    wanted
        The kind of component that an option takes; empty for an option of another type.
    """
    if inspect.isroutine(value):
        return (
            "; a function is not one: write a class of your own, which may inherit from gn.Loss, gn.Metric, gn.Callback"
        )
    for kind, hint in AS_OPTION.items():
        if registry.has(kind, value.name) if isinstance(value, Spec) else getattr(value, "kind", None) == kind:
            return f"; {hint}"
    if isinstance(value, str):  # it is a name, and one was wanted for each of several
        return None
    of_number, of_others = AS_NUMBER.get(wanted, ("", ""))
    if isinstance(value, int | float | np.number) and not isinstance(value, bool) and value > 0 and of_number:
        return f"; {of_number.format(value)}"
    return _same_name(value, wanted) or (f"; {of_others}" if of_others else None)


def _same_name(value: Any, kind: str) -> str | None:
    """Return the component that is called like the class of an object, or like a class, of another framework."""
    title = (value if isinstance(value, type) else type(value)).__name__
    if told := unknown_component(kind, title):
        return told
    for name in (snake_case(title), title.lower(), snake_case(title.removesuffix("Loss"))):
        if kind and registry.has(kind, name):
            return f"; write {name!r}, its name here"
    return None


def wrong_call(function: Callable[..., Any], values: tuple[Any, ...], named: Mapping[str, Any]) -> OptionError:
    """Return the error for arguments that do not fit the signature of `function`."""
    parameters = _parameters(function)
    # A function that networks or histories have as a method is given these first.
    given = len(values) - any(parameters.pop(name, None) is not None for name in ("self", "network", "history"))
    title = _title(function)
    positional = [name for name, each in parameters.items() if each.kind is each.POSITIONAL_OR_KEYWORD]
    for name in named:
        if name not in parameters:
            hint = KEYWORDS.get(function.__qualname__, {}).get(name)
            options = ", ".join(parameters)
            advice = f"; {hint}" if hint else f"{did_you_mean(name, parameters)} (its options: {options})"
            return OptionError(f"{title} has no option {name!r}{advice}")
    if given > len(positional):
        return OptionError(_too_many(title, given, positional, list(parameters)))
    twice = [name for name in positional[:given] if name in named]
    if twice:
        return OptionError(f"{title} got {twice[0]} twice, by position and by name; give it once")
    missing = [
        name
        for number, (name, each) in enumerate(parameters.items())
        if each.default is each.empty and name not in named and (name not in positional or number >= given)
    ]
    return OptionError(f"{title} needs {' and '.join(missing)}; give {', '.join(_example(each) for each in missing)}")


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters of a function by name; those of `fit` with the ones that plugins take."""
    found = dict(inspect.signature(function).parameters)
    if function.__qualname__ == "Network.fit":
        found.pop("of_plugins")
        for name in itertools.chain.from_iterable(plugin_hooks().glassnet_fit_options()):
            found[name] = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None)
    return found


def missing_attribute(kind: type, name: str) -> str | None:
    """Return the advice on an attribute that the objects of a class do not have; None if none is known."""
    hints = [ATTRIBUTES[base.__name__] for base in kind.__mro__ if base.__name__ in ATTRIBUTES]
    hint = next((table[name] for table in hints if name in table), None)
    return f"; {hint}" if hint else None


def missing_name(name: str) -> str | None:
    """Return the advice on a name that the package does not have; None if none is known."""
    if name in registry.kinds:
        return f"; write gn.{registry.kinds[name].plural}"
    spelled = {name.lower(), snake_case(name)}
    components = [f"write gn.{each.kind.plural}.{each.name}" for each in registry.entries() if each.name in spelled]
    hint = MODULE.get(name) or next(iter(components), None)
    return f"; {hint}" if hint else None


def _title(function: Callable[..., Any]) -> str:
    owner, _, name = function.__qualname__.rpartition(".")
    return owner.rpartition(".")[2] if name == "__init__" else f"{name}()"


def _too_many(title: str, given: int, positional: list[str], parameters: list[str]) -> str:
    if title == "Network":
        return f"Network takes one list of layers, got {given} values; {_ALL_AT_ONCE}"
    taken = " and ".join(positional) or "nothing"
    rest = [_example(name) for name in parameters if name not in positional][:3]
    by_name = f"; give the rest by name: {', '.join(rest)}" if rest else ""
    return f"{title} takes {taken} by position, got {given} values{by_name}"


def _example(name: str) -> str:
    examples = {
        "loss": "loss='mse'",
        "optimizer": "optimizer='adam'",
        "epochs": "epochs=10",
        "layers": "a list of layers",
    }
    return examples.get(name, f"{name}=…")
