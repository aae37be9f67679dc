"""Writes a GLM mixture of experts with random weights and a tokenizer, so that an engine has something to load.

    ENGINE_PYTHON -I random_weights.py FOLDER

Needs torch, transformers and tokenizers; takes 5 s.
"""

import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Glm4MoeConfig, Glm4MoeForCausalLM, PreTrainedTokenizerFast

END = "<|endoftext|>"
CONTEXT = 2048


def main(folder: str) -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=[END], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(["def f(x): return x"], trainer)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=END,
        chat_template="{% for message in messages %}{{ message.content }}{% endfor %}",
        model_max_length=CONTEXT,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    Glm4MoeForCausalLM(
        Glm4MoeConfig(
            vocab_size=320,
            hidden_size=64,
            intermediate_size=128,
            moe_intermediate_size=64,
            num_hidden_layers=2,
            first_k_dense_replace=1,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=32,
            n_routed_experts=4,
            n_shared_experts=1,
            num_experts_per_tok=2,
            n_group=1,
            topk_group=1,
            max_position_embeddings=CONTEXT,
            eos_token_id=0,
            pad_token_id=0,
            num_nextn_predict_layers=0,
        )
    ).save_pretrained(folder)


if __name__ == "__main__":
    main(sys.argv[1])
