"""What users of Keras, PyTorch and scikit-learn write first: one sentence each, with the spelling of glassnet."""

import contextlib
import copy
import os
import pickle
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet.options.declaration import options_of
from glassnet.registry.registry import registry, resolve
from glassnet_hints import wrong_calls

X = np.random.default_rng(0).normal(size=(12, 3))
Y = np.arange(12) % 2


@pytest.fixture
def net():
    net = gn.Network("dense(4) relu dense(2) softmax")
    net.fit(X, Y, loss="cce", optimizer="adam", progress=False)
    return net


def fit(net, *values, **options):
    return net.fit(*(values or (X, Y)), **{"loss": "cce", "optimizer": "adam", **options})


CALLS = [
    # keywords of fit
    (lambda net: fit(net, verbose=0), "progress=True, or progress=False"),
    (lambda net: fit(net, validation_split=0.2), "validation=0.2"),
    (lambda net: fit(net, validation_data=(X, Y)), r"validation=\(x, y\)"),
    (lambda net: fit(net, lr=0.1), r"optimizer='adam\(lr=0.01\)'"),
    (lambda net: fit(net, learning_rate=0.1), r"optimizer='adam\(lr=0.01\)'"),
    (lambda net: fit(net, momentum=0.9), r"optimizer='momentum\(lr=0.01\)'"),
    (lambda net: fit(net, shuffle=False), r"to keep their order, give batches: net.fit\(\[\(x, y\)\], …\)"),
    (lambda net: fit(net, batch=4), "batch_size=32"),
    (lambda net: fit(net, n_epochs=4), "epochs=10"),
    (lambda net: fit(net, epoch=4), "did you mean 'epochs'"),
    (lambda net: fit(net, max_iter=4), "epochs=10"),
    (lambda net: fit(net, steps_per_epoch=4), r"gn.Batches\(source, steps_per_epoch=100\)"),
    (lambda net: fit(net, initial_epoch=4), "resume_from='runs/first'"),
    (lambda net: fit(net, callback=[]), r"callbacks=\['early_stopping'\]"),
    (lambda net: fit(net, workers=4), "GLASSNET_THREADS"),
    (lambda net: fit(net, n_jobs=4), "GLASSNET_THREADS"),
    (lambda net: fit(net, random_state=0), "seed=0"),
    (lambda net: fit(net, criterion="mse"), "loss='mse'"),
    (lambda net: fit(net, lr_scheduler="cosine"), "schedule='cosine'"),
    (lambda net: fit(net, early_stopping=True), r"callbacks=\['early_stopping\(patience=3\)'\]"),
    (lambda net: fit(net, device="cuda"), "leave it out"),
    (lambda net: fit(net, sample_weights=Y), "sample_weight=…"),
    (lambda net: fit(net, optimzer="adam"), "did you mean 'optimizer'"),
    (lambda net: fit(net, nonsense=1), r"has no option 'nonsense' \(its options: x, y, loss,"),
    (lambda net: net.fit(X, Y), r"fit\(\) needs loss and optimizer; give loss='mse', optimizer='adam'"),
    (lambda net: net.fit(X, Y, "cce", "adam"), r"fit\(\) takes x and y by position, got 4 values; give the"),
    (lambda net: fit(net, X, Y, 10), r"got 3 values; give the rest by name: loss='mse', optimizer='adam', epochs=10"),
    (lambda net: fit(net, X, Y, y=Y), r"fit\(\) got y twice"),
    (lambda net: net.fit(X=X, y=Y, loss="cce", optimizer="adam"), "has no option 'X'; write x=…"),
    (lambda net: fit(net, epochs=0), "epochs must be >= 1"),
    (lambda net: fit(net, epochs="10"), "epochs must be int"),
    (lambda net: fit(net, folder=3), "folder must be the path of a folder"),
    # wrong kinds of components
    (lambda net: fit(net, metrics=[len]), "expected a metric as a name, a spec or an instance, got <built-in function"),
    (lambda net: fit(net, metrics=gn.metrics.accuracy), r"call the class to make one: gn.metrics.accuracy\(\)"),
    (lambda _: gn.Network(["dense(2)", gn.activations.relu]), r"to make one: gn.activations.relu\(\)"),
    (lambda net: fit(net, metrics={"accuracy": 1}), "metrics must be a list of metrics"),
    (lambda net: fit(net, callbacks=[print]), "expected a callback"),
    (lambda net: fit(net, regularizer=0.01), "expected a regularizer"),
    (lambda net: fit(net, regularizer=gn.optimizers.adam()), "expected a regularizer"),
    (lambda net: fit(net, loss=np.mean), "expected a loss"),
    # keywords of the other methods
    (lambda net: net.evaluate(X, Y, verbose=0), "nothing is printed, so leave it out"),
    (lambda net: net.evaluate(X, Y, batch_size=4), "do not depend on the batch size, so leave it out"),
    (lambda net: net.evaluate(X, Y, return_dict=True), "always returns a dictionary"),
    (lambda net: net.predict(X, verbose=0), "nothing is printed, so leave it out"),
    (lambda net: net.predict(X, batch_size=4), "do not depend on the batch size, so leave it out"),
    (lambda net: net.predict(X, 32), r"predict\(\) takes x by position, got 2 values; give the rest by name: out=…"),
    (lambda net: net.predict(), r"predict\(\) needs x"),
    (lambda net: net.build((3,), batch_size=4), "that of one sample, so leave it out"),
    (lambda net: net.save("m.safetensors", overwrite=True), "always replaced, so leave it out"),
    (lambda _: gn.Network("dense(1)", input_shape=(3,)), r"build\(input_shape\) sets it before"),
    (lambda _: gn.Network("dense(1)", "relu"), "takes one list of layers, got 2 values; list all layers at once"),
    (lambda _: gn.Network(), "Network needs layers; give a list of layers"),
    (lambda _: gn.Network("dense(1)", optimizer="adam"), r"give it to fit\(\): net.fit"),
    # what is not a network
    (lambda _: gn.Network(""), r"needs at least one layer \(got none\)"),
    (lambda _: gn.Network([]), r"needs at least one layer \(got none\)"),
    (lambda _: gn.Network("  "), r"needs at least one layer \(got none\)"),
    (lambda _: gn.Network(784), "takes a list of layers, or their specs in one text, got 784"),
    (lambda _: gn.Network({"a": "dense(1)"}), "takes a list of layers"),
    (lambda _: gn.Network(gn.layers.dense(1)), "takes a list of layers"),
    (lambda _: gn.Network("dense(3), relu"), "spaces separate specs, and commas do not"),
    (lambda _: gn.Network(["dense(3) relu"]), r"give each on its own: \['dense\(3\)', 'relu'\]"),
    (lambda net: fit(net, metrics=["adam"]), "unknown metric 'adam'.* 'adam' is an optimizer"),
    (lambda net: fit(net, optimizer="cosine"), "'cosine' is a schedule"),
    (lambda _: gn.Network([3]), "expected a layer as a name, a spec or an instance, got 3"),
    # shapes
    (lambda net: net.build("28"), "input_shape is '28'; give the shape of one sample without the batch"),
    (lambda net: net.build((None, 28)), r"input_shape is \(None, 28\); give the shape of one sample without the batch"),
    (lambda net: net.build(2.5), "input_shape is 2.5"),
    (lambda net: net.build((2.5,)), r"input_shape is \(2.5,\)"),
    (lambda net: net.build((0,)), r"input_shape is \(0,\)"),
    (lambda net: net.build(-3), "input_shape is -3"),
    (lambda net: net.build(True), "input_shape is True"),
    (lambda net: net.build(None), "input_shape is None"),
    (lambda net: net.build((3,), dtype="float16"), "dtype must be 'float32' or 'float64'"),
    (lambda net: net.build((3,), dtype="int32"), "dtype must be 'float32' or 'float64'"),
    (lambda net: net.build((3,), seed=-1), "seed must be a whole number >= 0"),
    (lambda net: net.build((3,), seed=1.5), "seed must be a whole number >= 0"),
    # arrays for outputs
    (lambda net: net.predict(X, out=[]), "out is a list; give an array"),
    (lambda net: net.predict(X, out=np.empty((12, 2), int)), "out has element type int64, which does not hold"),
    (lambda net: net.predict(X, out=np.broadcast_to(np.float32(0), (12, 2))), "out cannot be written"),
    # methods of other frameworks
    (lambda net: net.compile(loss="cce", optimizer="adam"), r"give it to fit\(\): net.fit\(x, y, loss='mse'"),
    (lambda net: net.train(), r"fit\(\) trains, predict\(\) and evaluate\(\) do not"),
    (lambda net: net.eval(), r"fit\(\) trains, predict\(\) and evaluate\(\) do not"),
    (lambda net: net.forward(X), r"write net.predict\(x\)"),
    (lambda net: net(X), r"write net.predict\(x\)"),
    (lambda net: net.state_dict(), "net.parameters holds the arrays by name"),
    (lambda net: net.parameters(), r"the parameters are a mapping and not a function; leave the \(\) out"),
    (lambda net: net.get_weights(), "net.parameters holds the arrays by name"),
    (lambda net: net.set_weights([]), "net.parameters holds the arrays by name"),
    (lambda net: net.score(X, Y), r"net.evaluate\(x, y, metrics=\['accuracy'\]\)"),
    (lambda net: net.predict_proba(X), r"net.predict\(x\) gives probabilities"),
    (lambda net: net.predict_classes(X), r"net.predict\(x\).argmax\(axis=1\)"),
    (lambda net: net.add("relu"), r"list all layers at once: gn.Network\(\['dense\(8\)'"),
    (lambda net: net.to("cuda"), "glassnet computes on the processor"),
    (lambda net: net.fit_generator([]), r"fit\(\) takes arrays and batches"),
    (lambda net: net.load_weights("m"), r"gn.load\('model.safetensors'\)"),
    (lambda net: net.get_layer(0), "net.layers holds the layers"),
    (lambda net: net.count_params(), "net.flat_parameters.size is the number of parameters"),
    (lambda net: net.evalute(X, Y), "did you mean 'evaluate'"),
    (lambda net: net.layers[0].get_weights(), r"net.parameters\['0.weights'\]"),
    (lambda net: net.layers[0].kernel, r"net.parameters\['0.weights'\]"),
    (lambda net: setattr(net.layers[0], "trainable", False), r"make it with the option: 'dense\(…, trainable=False\)'"),
    (lambda net: setattr(net.layers[0], "trainble", False), "did you mean 'trainable'"),
    (lambda net: fit(net).history["loss"], r"history\['loss'\]"),
    (lambda net: fit(net).val_loss, r"history\['val_loss'\]"),
    (lambda _: gn.Split(X, Y).data, "data.train.x, data.train.y"),
    (lambda _: gn.datasets.xor().train, r"load the data first: data = gn.datasets.mnist\(\).load\(\)"),
    (lambda _: gn.datasets.xor().load().x_train, "data.train.x, data.train.y"),
    # options of components
    (lambda _: gn.layers.dense(4, activation="relu"), r"a layer of its own: gn.Network\('dense\(8\) relu'\)"),
    (lambda _: gn.Network("dense(4, activation=relu)"), "list it as a layer of its own"),
    (lambda _: gn.Network("dense(4, input_dim=3)"), r"build\(input_shape\) sets it before"),
    (lambda _: gn.Network("conv2d(4, 3, in_channels=3)"), r"build\(input_shape\) sets it before"),
    (lambda _: gn.Network("dense(4, kernel_initializer=he_normal)"), "'kernel_initializer'; write weight_init=…"),
    (lambda _: gn.Network("dense(4, kernel_regularizer=l2)"), "'kernel_regularizer'; write regularizer=…"),
    (lambda _: gn.Network("dense(4, use_bias=False)"), "'use_bias'; write bias=…"),
    (lambda _: gn.Network("dense(out_features=4)"), "'out_features'; write units=…"),
    (lambda _: gn.Network("dropout(p=0.5)"), "'p'; write rate=…"),
    (lambda _: gn.Network("max_pool2d(kernel_size=2)"), "'kernel_size'; write size=…"),
    (lambda _: gn.Network("max_pool2d(pool_size=2)"), "'pool_size'; write size=…"),
    (lambda _: gn.Network("embedding(input_dim=5, output_dim=2)"), "'input_dim'; write vocabulary=…"),
    (lambda _: gn.Network("embedding(5, embedding_dim=2)"), "'embedding_dim'; write units=…"),
    (lambda _: gn.Network("lstm(hidden_size=4)"), "'hidden_size'; write units=…"),
    (lambda _: gn.Network("leaky_relu(alpha=0.1)"), "'alpha'; write negative_slope=…"),
    (lambda _: gn.Network("batch_norm(eps=0.1)"), "'eps'; write epsilon=…"),
    (lambda _: gn.Network("dense(4, name='hidden')"), "layers do not have names"),
    (lambda _: gn.Network("dense(3, 4)"), "dense: weight_init: expected an initializer .* got 4"),
    (lambda _: gn.optimizers.adam(learning_rate=0.1), "'learning_rate'; write lr=…"),
    (lambda net: fit(net, optimizer="rmsprop(rho=0.9)"), "'rho'; write decay=…"),
    (lambda net: fit(net, optimizer="adam(betas=[0.9, 0.99])"), "'betas'; write beta1=…, beta2=…"),
    (lambda net: fit(net, optimizer="sgd(momentum=0.9)"), r"an optimizer of its own: optimizer='momentum\(lr=0.01\)'"),
    (lambda net: fit(net, optimizer="adam(weight_decay=0.1)"), r"optimizer='adamw\(weight_decay=0.01\)'"),
    (lambda net: fit(net, optimizer="adam(clipnorm=1.0)"), r"callbacks=\['clip_norm\(1.0\)'\]"),
    (lambda net: fit(net, loss="mse(reduction='sum')"), "the mean over the samples, so leave it out"),
    (lambda net: gn.optimizers.adam(net.parameters), r"fit\(\) gives it the parameters: optimizer='adam\(lr=0.01\)'"),
    (lambda net: gn.optimizers.adam(net.parameters, lr=0.1), r"fit\(\) gives it the parameters"),
    (lambda net: gn.optimizers.sgd(net.flat_parameters, lr=0.1), r"fit\(\) gives it the parameters"),
    (lambda _: gn.Network("softmax(axis=-1)"), "the last axis, so leave it out"),
    (lambda _: gn.Network("softmax(dim=1)"), "the last axis, so leave it out"),
    (lambda _: gn.Network("relu(inplace=True)"), "'inplace'; leave it out"),
    (lambda _: gn.Network("layer_norm(64)"), "layer_norm takes no values by position, got 1"),
    (lambda _: gn.Network("batch_norm(64)"), r"batch_norm: momentum must be >= 0 and < 1 \(got 64\)"),
    (lambda _: gn.Network("sequential(dense(3), relu)"), r"one list, got 2 values; .* sequential\(\[…\]\)"),
    (lambda _: gn.layers.residual("dense(3)", "relu"), r"residual takes one list, got 2 values; .* residual\(\[…\]\)"),
    (lambda _: gn.optimizers.adam(lr=gn.schedules.cosine()), r"it is an option of fit\(\): schedule='cosine'"),
    (lambda net: fit(net, optimizer="adam(lr=cosine(0.1))"), r"it is an option of fit\(\): schedule='cosine'"),
    (lambda _: gn.schedules.step(step_size=10, gamma=0.1), "'step_size'; write every=…"),
    (lambda _: gn.schedules.step(10, gamma=0.1), "'gamma'; write factor=…"),
    (lambda _: gn.regularizers.l2(l2=0.1), "'l2'; write strength=…"),
    (lambda _: gn.optimizers.adam().zero_grad(), r"net.value_and_gradients\(x, y, loss\) computes gradients"),
    (lambda _: gn.optimizers.adam().param_groups, r"fit\(\) gives it the parameters"),
    (lambda _: gn.optimizers.adam().learning_rate, "write optimizer.lr"),
    (lambda _: gn.losses.mse().reduction, "the mean over the samples"),
    (lambda _: gn.metrics.accuracy().update_state(Y, X), r"net.evaluate\(x, y, metrics=\['accuracy'\]\)"),
    (lambda net: gn.check_gradients(net, X, Y), r"check_gradients\(\) needs loss; give loss='mse'"),
    (lambda _: gn.use_accelerators(), r"use_accelerators\(\) needs wanted"),
    # components as functions
    (lambda _: gn.layers.dense(4)(X), r"gn.Network\('dense\(8\) relu'\).predict\(x\)"),
    (lambda net: net.layers[0](X), r"gn.Network\('dense\(8\) relu'\).predict\(x\)"),
    (lambda _: gn.activations.relu()(X), r"gn.activations.relu\(\).forward\(x\)"),
    (lambda _: gn.activations.relu(X), r"gn.activations.relu\(\).forward\(x\)"),
    (lambda _: gn.losses.mse(X, X), r"gn.losses.mse\(\).forward\(y_pred, y_true\)"),
    (lambda _: gn.losses.cce(Y, X), r"gn.losses.mse\(\).forward\(y_pred, y_true\)"),
    (lambda _: gn.losses.cce()(X, Y), r"gn.losses.mse\(\).forward\(y_pred, y_true\)"),
    (lambda _: gn.metrics.accuracy(Y, X), r"net.evaluate\(x, y, metrics=\['accuracy'\]\)"),
    (lambda _: gn.datasets.mnist.load_data(), r"data = gn.datasets.mnist\(\).load\(\), then data.train.x"),
    (lambda _: gn.datasets.mnist().load_data(), r"data = gn.datasets.mnist\(\).load\(\), then data.train.x"),
    (lambda _: gn.datasets.xor().load()[0], "data.train.x, data.train.y"),
    (lambda _: list(gn.datasets.xor().load()), "data.train.x, data.train.y"),
    (lambda _: gn.Network.load("model.safetensors"), r"gn.load\('model.safetensors'\)"),
    (lambda net: list(net), r"net.layers\[0\]"),
    # names of components
    (lambda _: gn.Network("Linear(3, 4)"), r"write dense\(8\)"),
    (lambda _: gn.Network("swish"), "write silu"),
    (lambda _: gn.Network("activation(relu)"), "write its name as a layer: relu"),
    (lambda _: gn.Network(["input(3)", "dense(2)"]), r"build\(input_shape\) sets it before"),
    (lambda _: gn.Network("GlobalAveragePooling2D"), "'global_avg_pool2d'"),
    (lambda net: fit(net, loss="nll_loss"), "write categorical_crossentropy"),
    (lambda net: fit(net, loss="NLLLoss"), "write categorical_crossentropy"),
    (lambda net: fit(net, loss="log_loss"), "write binary_crossentropy"),
    (lambda net: fit(net, loss="BCEWithLogitsLoss"), r"write bce\(from_logits=True\)"),
    (lambda net: fit(net, loss="L1Loss"), "write mae"),
    (lambda net: fit(net, loss="SmoothL1Loss"), "write huber"),
    (lambda net: fit(net, loss="squared_error"), "write mse"),
    (lambda net: fit(net, optimizer="nesterov"), "write momentum"),
    (lambda net: fit(net, optimizer="GradientDescent"), "write sgd"),
    (lambda net: fit(net, metrics=["roc"]), "write auc"),
    (lambda net: fit(net, metrics=["top_5_accuracy"]), r"write top_k\(5\)"),
    (lambda net: fit(net, metrics=["SparseCategoricalAccuracy"]), "'accuracy'"),
    (lambda net: fit(net, metrics=["loss"]), "the loss is always recorded, so leave it out"),
    (lambda net: fit(net, metrics="accuracy,f1"), "'accuracy f1'"),
    (lambda net: fit(net, metrics="accuracy, f1"), "spaces separate specs, and commas do not"),
    (lambda net: fit(net, callbacks=["ReduceLROnPlateau"]), "it is a schedule: schedule='reduce_on_plateau'"),
    (lambda net: fit(net, callbacks=["TensorBoard"]), "did you mean 'tensorboard'"),
    (lambda net: fit(net, callbacks=["CSVLogger"]), "write csv_history"),
    (lambda net: fit(net, schedule="CosineAnnealingLR"), "'cosine'"),
    (lambda net: fit(net, regularizer="weight_decay"), "write l2"),
    (lambda _: gn.Network("dense(4, weight_init=kaiming_normal)"), "write he_normal"),
    # functions and data
    (lambda net: fit(net, folder=""), r"folder must be the path of a folder \(got ''\)"),
    (lambda net: fit(net, X, Y[:, None]), r"got \(12, 1\); write y\[\.\.\., 0\]"),
    (lambda _: gn.load(), r"load\(\) needs path; give path=…"),
    (lambda net: gn.load(net), r"the path of a model file \(got Network"),
    (lambda _: gn.load(None), r"the path of a model file \(got None\)"),
    (lambda _: gn.create("dense(3)"), r"create\(\) needs described"),
    (lambda _: gn.register("layer", "mine"), r"register\(\) needs component"),
    (lambda _: gn.Split(X), "Split needs y; give y=…"),
    (lambda _: gn.Batches([(X, Y)], 4), "Batches takes source by position, got 2 values"),
    (lambda net: net.fit((X, Y), loss="mse", optimizer="sgd"), r"net.fit\(x, y, …\)"),
    (lambda net: net.evaluate((X, Y)), r"net.evaluate\(x, y\)"),
    (lambda net: fit(net, list(zip(X, Y, strict=True))), r"x, y = map\(np.stack, zip\(\*samples\)\)"),
    # names of the package
    (lambda _: gn.train_test_split(X, Y), "validation=0.2"),
    (lambda _: gn.to_categorical(Y), "labels may be integers"),
    (lambda _: gn.random.seed(0), r"fit\(seed=0\)"),
    (lambda _: gn.utils, "labels may be integers"),
    (lambda net: net.shape, "net.input_shape"),
    (lambda net: net.coef_, "net.parameters holds the arrays by name"),
    (lambda net: net.n_iter_, r"len\(net.history.epochs\)"),
    (lambda _: gn.Sequential(["dense(1)"]), r"list the layers: gn.Network\("),
    (lambda _: gn.Dense(3), "write gn.layers.dense"),
    (lambda _: gn.Adam(), "write gn.optimizers.adam"),
    (lambda _: gn.relu, "write gn.activations.relu"),
    (lambda _: gn.EarlyStopping(), "write gn.callbacks.early_stopping"),
    (lambda _: gn.mnist, "write gn.datasets.mnist"),
    (lambda _: gn.layers.Dense(3), "did you mean 'dense'"),
    (lambda _: gn.load_model("m"), r"gn.load\('model.safetensors'\)"),
    (lambda _: gn.manual_seed(0), r"fit\(seed=0\)"),
    (lambda _: gn.Netwrk("relu"), "did you mean 'Network'"),
    # what people of these frameworks tried next
    (lambda net: fit(net, batch_size=0), r"^fit\(\): batch_size must be >= 1"),
    (lambda net: fit(net, loss=len), r"^fit\(\): loss: expected a loss.*inherit from gn.Loss"),
    (lambda net: fit(net, callbacks=[lambda run: None]), "inherit from gn.Loss, gn.Metric, gn.Callback"),
    (lambda net: fit(net, sample_weight="balanced"), "class_weight='balanced'"),
    (lambda net: fit(net, sample_weight={0: 1.0, 1: 2.0}), "class_weight={0: 1.0, 1: 5.0}"),
    (lambda net: fit(net, class_weight=2.0), "class_weight is a number; give one weight for each class"),
    (lambda net: fit(net, test_size=0.2), r"validation=0.2, or validation=\(x, y\)"),
    (lambda net: fit(net, loss_weights=[1, 2]), "a network has one loss, so leave it out"),
    (lambda net: fit(net, monitor="val_loss"), r"callbacks=\['early_stopping\(monitor=\"loss\"\)'\]"),
    (lambda net: fit(net, gradient_accumulation_steps=4), r"optimizer='accumulate\(adam, steps=4\)'"),
    (lambda net: fit(net, warm_start=True), "goes on from the present parameters, so leave it out"),
    (lambda net: fit(net, tol=1e-3), r"early_stopping\(min_delta=0.001\)"),
    (lambda net: fit(net, drop_last=True), "the last batch of an epoch may be short"),
    (lambda net: fit(net, dropout=0.5), r"'dropout\(0.5\)'"),
    (lambda net: fit(net, l2=0.01), r"regularizer='l2\(0.001\)'"),
    (lambda net: fit(net, gpus=1), "leave it out"),
    (lambda net: fit(net, augment=True), r"callbacks=\['augment"),
    (lambda net: fit(net, save_best=True), r"callbacks=\['early_stopping\(patience=3\)'\]"),
    (lambda net: fit(net, train_data=X), "write x=…"),
    (lambda net: fit(net, metrics=["mape"]), "mean_absolute_error"),
    (lambda net: fit(net, metrics=["balanced_accuracy"]), "write recall"),
    (lambda net: net.fit("mnist", loss="cce", optimizer="adam"), r"data = gn.datasets.mnist\(\).load\(\)"),
    (lambda net: net.fit("homes.csv", loss="mse", optimizer="adam"), "target='price'"),
    (lambda net: net.predict(X[0]), r"for one sample write x\[np.newaxis\]"),
    (lambda net: net.history[0], "no figure 0"),
    (lambda net: net.summary((5, 5, 5)), r"layer 0 'dense\(4\)': expected \(batch, features\)"),
    (lambda net: net.parameters.weights, r"write net.parameters\['0.weights'\]"),
    (lambda net: net.predict_proba(X), r"gn.Classifier"),
    (lambda net: net.apply(print), "net.parameters holds the arrays by name"),
    (lambda net: net.learning_rate, r"optimizer='adam\(lr=0.01\)'"),
    (lambda net: net.device, "glassnet computes on the processor"),
    (lambda net: net.training, r"fit\(\) trains"),
    (lambda _: gn.layers.dense(3, "relu"), "'relu' is an activation; list it as a layer of its own"),
    (lambda _: gn.layers.lstm(3, batch_first=True), "samples are the first axis, so leave it out"),
    (lambda _: gn.layers.lstm(3, bidirectional=True), "is not there"),
    (lambda _: gn.layers.dropout(0.5, seed=1), r"fit\(seed=0\)"),
    (lambda _: gn.initializers.glorot_uniform(seed=1), r"fit\(seed=0\)"),
    (lambda _: gn.losses.cce(ignore_index=0), "sample_weight=…"),
    (lambda _: gn.DataLoader(X, batch_size=4), r"fit\(\) makes batches by itself: batch_size=32"),
    (lambda _: gn.datasets.mnist()[0], r"data = gn.datasets.mnist\(\).load\(\)"),
    (lambda _: len(gn.datasets.mnist()), r"data = gn.datasets.mnist\(\).load\(\)"),
    (lambda _: [x for x, y in gn.datasets.xor()], r"data = gn.datasets.xor\(\).load\(\)"),
    (lambda _: gn.fit(X, Y), r"net.fit\(x, y, loss='mse'"),
    (lambda _: gn.layer.dense(3), "write gn.layers"),
    (lambda _: gn.optimizer, "write gn.optimizers"),
    (lambda _: gn.MLPClassifier(), r"gn.Classifier\('dense\(100\) relu'\)"),
    (lambda _: gn.GridSearchCV, "gn.Classifier"),
    (lambda _: gn.StandardScaler(), r"\(x - x.mean\(axis=0\)\) / x.std\(axis=0\)"),
    (lambda _: gn.version, "write gn.__version__"),
    (lambda _: gn.Classifier("dense(4)", n_epochs=3), "Classifier has no option 'n_epochs'; write epochs=10"),
    (lambda _: gn.Regressor(hidden_layer_sizes=(3,)), "Regressor has no option 'hidden_layer_sizes'; list the layers"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), CALLS, ids=[message[:40] for _, message in CALLS])
def test_a_wrong_call_ends_in_one_sentence_with_the_right_one(net, call, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(gn.GlassnetError, match=message) as caught:
        call(net)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("call", [call for call, _ in CALLS[:25]])
def test_a_wrong_keyword_is_a_type_error_and_nothing_is_trained(net, call):
    before = net.flat_parameters.copy()
    with pytest.raises(TypeError):
        call(net)
    np.testing.assert_array_equal(net.flat_parameters, before)


def test_an_error_from_within_a_method_is_not_taken_for_a_wrong_call(net):
    class Fails(gn.Callback):
        def on_run_start(self, run):
            raise TypeError("of the callback's own")

    with pytest.raises(TypeError, match="of the callback's own") as caught:
        fit(net, callbacks=[Fails()])
    assert not isinstance(caught.value, gn.GlassnetError)


@pytest.mark.parametrize(
    "call",
    [
        lambda: gn.Network("dense(2)").fit(X, Y, loss="cce", optimizer="sgd"),
        lambda: gn.Network("dense(2)").build(3).evaluate(X, Y, loss="cce"),
        lambda: gn.Network("dense(2)").fit(
            X, Y, loss="cce(from_logits=True)", optimizer="sgd(lr=1e300)", batch_size=2, on_divergence="continue"
        ),
    ],
    ids=["fit", "evaluate", "a loss that is not finite"],
)
def test_a_warning_shows_the_line_of_the_users_code(call):
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        with contextlib.suppress(gn.GlassnetError):
            call()
    assert {each.filename for each in caught if issubclass(each.category, gn.GlassnetWarning)} == {__file__}


def test_methods_keep_their_signatures_and_documentation():
    import inspect

    parameters = inspect.signature(gn.Network.fit).parameters
    assert list(parameters)[:4] == ["self", "x", "y", "loss"]
    assert gn.Network.predict.__doc__.startswith("Return the network's outputs")


def test_an_attribute_that_is_missing_is_missing_for_hasattr_too(net):
    assert not hasattr(net, "compile")
    assert not hasattr(net.layers[0], "get_weights")
    assert not hasattr(gn, "Sequential")
    with pytest.raises(AttributeError):
        _ = net._compile
    with pytest.raises(ImportError):
        from glassnet import Sequential  # noqa: F401


def test_networks_layers_histories_and_splits_are_copied_and_pickled(net):
    for thing in (net.layers[0], gn.Split(X, Y), fit(net), gn.datasets.xor().load()):
        assert type(copy.deepcopy(thing)) is type(pickle.loads(pickle.dumps(thing))) is type(thing)


def test_one_number_is_the_shape_of_a_row():
    assert gn.Network("dense(1)").build(5).input_shape == (5,)
    assert (
        gn.Network("dense(1)").build(np.int64(5)).flat_parameters.tobytes()
        == gn.Network("dense(1)").build((5,)).flat_parameters.tobytes()
    )


@pytest.mark.parametrize("metrics", ["accuracy", ["accuracy"], ("accuracy",), gn.metrics.accuracy()])
def test_one_metric_is_a_list_of_one(net, metrics):
    assert set(net.evaluate(X, Y, metrics=metrics)) == {"loss", "accuracy"}
    assert set(fit(net, metrics=metrics)) == {"loss", "accuracy"}


def test_several_metrics_and_callbacks_may_stand_in_one_text(net):
    assert set(fit(net, metrics="accuracy f1")) == {"loss", "accuracy", "f1"}
    assert len(fit(net, callbacks="terminate_on_nan clip_norm(0.5)").epochs) == 1


def sentences():
    by_class = (wrong_calls.KEYWORDS, wrong_calls.ATTRIBUTES, wrong_calls.OPTIONS, wrong_calls.NAMES)
    tables = [*(table for each in by_class for table in each.values()), wrong_calls.MODULE, wrong_calls.AS_FUNCTION]
    return sorted({sentence for table in tables for sentence in table.values()})


def test_components_that_a_hint_recommends_exist():
    for kind, hints in wrong_calls.NAMES.items():
        text = " ".join(hints.values()).replace("write its name", "")
        for command in re.findall(r"write glassnet (\w+)", text):
            assert command in dir(gn.commands)
        for spec in re.findall(r"write (\w+(?:\([^)]*\))?)", text.replace("write glassnet", "")):
            gn.create(kind, spec)


def test_options_that_a_hint_recommends_exist():
    classes = [
        each
        for kind in {kind for kind in registry.kinds if not registry.kind(kind).instances} - {"accelerator", "format"}
        for each in registered_of(kind)
    ]
    options = {name for each in classes for name in options_of(each)}
    assert {name for names in wrong_calls.SYNONYMS.values() for name in names} <= options


def registered_of(kind):
    return [resolve(kind, name) for name in dir(getattr(gn, registry.kinds[kind].plural))]


@pytest.mark.parametrize("sentence", sentences())
def test_what_a_hint_recommends_exists(sentence):
    for kind, spec in re.findall(r"(optimizer|loss|schedule|regularizer)='([^']+)'", sentence):
        gn.create(kind, spec)
    for kind, spec in re.findall(r"(metric|callback)s=\['([^']+)'\]", sentence):
        gn.create(kind, spec)
    for layers in re.findall(r"Network\('([^']+)'\)", sentence):
        gn.Network(layers)
    for layers in re.findall(r"Network\((\[[^]]+\])\)", sentence):
        gn.Network(re.findall(r"'([^']+)'", layers))
    for plural, name in re.findall(r"gn\.(\w+)\.(\w+)\(", sentence):
        assert hasattr(getattr(gn, plural), name)
    for method in re.findall(r"(?<!')\bnet\.(\w+)", sentence):
        assert hasattr(gn.Network("dense(1)").build((1,)), method)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("gn.load", "module 'glassnet' has no attribute 'load': the plugin persistence is switched off"),
        ("gn.Network('dense(1)').save", "Network has no attribute 'save': the plugin persistence is switched off"),
        ("gn.lod", "module 'glassnet' has no attribute 'lod', did you mean 'load'?"),
    ],
)
def test_a_name_whose_plugin_is_switched_off_says_so(wanted, told):
    command = [sys.executable, "-c", f"import glassnet as gn; {wanted}"]
    ended = subprocess.run(
        command, env={**os.environ, "GLASSNET_DISABLE": "persistence"}, capture_output=True, text=True
    )
    assert told in ended.stderr.splitlines()[-1]


NO_COMPONENTS = {
    "optimizer": (0.1, "optimizer='sgd(lr=0.1)'"),
    "schedule": (0.1, "a fixed step size is an option of the optimizer: optimizer='sgd(lr=0.1)'"),
    "regularizer": (0.01, "regularizer='l2(0.01)'"),
    "loss": (0.5, "name what to minimise: loss='mse'"),
    "metrics": (3, "name them: metrics=['accuracy']"),
    "callbacks": (5, "name them: callbacks=['early_stopping']"),
}


@pytest.mark.parametrize("name", NO_COMPONENTS)
def test_a_number_where_a_component_is_wanted_is_told(name):
    number, advice = NO_COMPONENTS[name]
    for given in (number, np.float64(number), [number] if name in ("metrics", "callbacks") else str(number)):
        with pytest.raises(gn.GlassnetError, match=rf"{re.escape(advice)}$") as caught:
            gn.Network("dense(1)").fit(X, Y, **{"loss": "mse", "optimizer": "sgd", name: given})
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", [0, -0.1, True, float("nan")])
def test_a_number_that_is_no_step_size_is_not_repeated(number):
    with pytest.raises(gn.GlassnetError, match=r"; name one: optimizer='adam'$"):
        gn.Network("dense(1)").fit(X, Y, loss="mse", optimizer=number)


@pytest.mark.parametrize(
    ("given", "advice"),
    [([8, "dense(1)"], r"dense\(8\)$"), ([None], r"name one, such as dense\(128\) or relu$")],
)
def test_a_number_in_a_list_of_layers_is_told(given, advice):
    with pytest.raises(gn.GlassnetError, match=advice):
        gn.Network(given)


def test_objects_of_other_frameworks_are_told_by_their_name_here():
    adam, huber = type("Adam", (), {}), type("HuberLoss", (), {})
    for given, name in ((adam(), "adam"), (adam, "adam")):
        with pytest.raises(gn.GlassnetError, match=rf"; write '{name}', its name here$"):
            gn.Network("dense(1)").fit(X, Y, loss="mse", optimizer=given)
    with pytest.raises(gn.GlassnetError, match=r"; write 'huber', its name here$"):
        gn.Network("dense(1)").fit(X, Y, loss=huber(), optimizer="sgd")
    for kind, title, advice in (
        ("layer", "Linear", r"write dense\(8\)"),  # linear is the identity here
        ("loss", "BCEWithLogitsLoss", r"write bce\(from_logits=True\)"),
        ("loss", "L1Loss", "write mae"),
        ("optimizer", "RMSprop", "write 'rmsprop', its name here"),
    ):
        with pytest.raises(gn.GlassnetError, match=rf"; {advice}$"):
            gn.create(kind, type(title, (), {})())
